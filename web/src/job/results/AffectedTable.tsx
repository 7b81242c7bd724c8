import { Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Affected } from "../../api/manifest";
import { CopyButton } from "../../components/CopyButton";
import { type Column, DataTable } from "../../components/DataTable";
import { FromFile } from "../../components/FromFile";
import { useFormat } from "../../lib/useFormat";
import type { JobView } from "../data/jobView";
import { ElementLink } from "./Findings";

interface Props {
  job: JobView;
  title: string;
  hint: string;
  rows: readonly Affected[];
}

/** Elements with the reason why their geometry is missing or in doubt. */
export function AffectedTable({ job, title, hint, rows }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useMemo<Column<Affected>[]>(
    () => [
      {
        id: "globalId",
        title: "GlobalId",
        width: "250px",
        render: (row) => (
          <>
            <ElementLink job={job} globalId={row.globalId} />
            <CopyButton text={row.globalId} label={t("job.copyGlobalId")} />
          </>
        ),
      },
      {
        id: "class",
        title: t("job.coverage.class"),
        width: "220px",
        render: (row) => <FromFile>{row.class}</FromFile>,
      },
      { id: "reason", title: t("job.coverage.reason"), render: (row) => <FromFile>{row.reason}</FromFile> },
    ],
    [job, t],
  );
  if (rows.length === 0) return null;
  return (
    <section aria-label={title}>
      <Title order={3} size="h5">
        {title} ({format.number(rows.length)})
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {hint}
      </Text>
      <DataTable
        label={title}
        columns={columns}
        rows={rows}
        keyOf={globalIdOf}
        nameOf={globalIdOf}
        height={420}
        card={(row) => (
          <>
            <ElementLink job={job} globalId={row.globalId} />
            <Text size="sm">
              <FromFile>{`${row.class}: ${row.reason}`}</FromFile>
            </Text>
          </>
        )}
      />
    </section>
  );
}

function globalIdOf(row: Affected): string {
  return row.globalId;
}
