import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { FromFile } from "../../components/FromFile";
import { Age } from "../../components/Times";
import { WideTable } from "../../components/WideTable";
import type { JobView } from "../data/jobView";

/** The conditions, as `kubectl describe` shows them. */
export function Conditions({ job }: { job: JobView }) {
  const { t } = useTranslation();
  return (
    <WideTable label={t("job.conditions")} minWidth={560}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("job.condition.type")}</Table.Th>
          <Table.Th>{t("job.condition.status")}</Table.Th>
          <Table.Th>{t("job.condition.reason")}</Table.Th>
          <Table.Th>{t("job.condition.message")}</Table.Th>
          <Table.Th>{t("job.condition.since")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {job.conditions.map((condition) => (
          <Table.Tr key={condition.type}>
            <Table.Td>{condition.type}</Table.Td>
            <Table.Td>{condition.status}</Table.Td>
            <Table.Td>{condition.reason}</Table.Td>
            <Table.Td>
              <Text size="sm">
                <FromFile>{condition.message}</FromFile>
              </Text>
            </Table.Td>
            <Table.Td style={{ whiteSpace: "nowrap" }}>
              <Age at={condition.lastTransitionTime} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}
