import { Alert, Skeleton, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body } from "../api/client";
import { FromFile } from "../components/FromFile";
import { isFinished } from "../components/PhaseBadge";
import { Problem } from "../components/Problem";
import { Age } from "../components/Times";
import { WideTable } from "../components/WideTable";
import type { JobView } from "./data/jobView";

const AGAIN = 5_000;

/** The events of Kubernetes about the job; it keeps them for about an hour. */
export function EventList({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ["events", job.namespace, job.name, job.uid],
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/v1/namespaces/{namespace}/jobs/{name}/events", {
          params: { path: { namespace: job.namespace, name: job.name } },
          signal,
        }),
      ),
    staleTime: 0,
    // A poll would hide the error of a first request.
    refetchInterval: ({ state }) => (state.data === undefined || isFinished(job.phase) ? false : AGAIN),
  });
  if (error !== null && data === undefined) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton h={120} />;
  if (data.items.length === 0) return <Alert color="gray">{t("job.event.none")}</Alert>;
  return (
    <WideTable label={t("job.tab.events")} minWidth={520}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("job.event.last")}</Table.Th>
          <Table.Th>{t("job.event.type")}</Table.Th>
          <Table.Th>{t("job.event.reason")}</Table.Th>
          <Table.Th>{t("job.event.object")}</Table.Th>
          <Table.Th>{t("job.event.message")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {data.items.map((event) => (
          <Table.Tr key={`${event.kind} ${event.name} ${event.reason} ${event.lastAt} ${event.message}`}>
            <Table.Td style={{ whiteSpace: "nowrap" }}>{event.lastAt != null && <Age at={event.lastAt} />}</Table.Td>
            <Table.Td>{event.type}</Table.Td>
            <Table.Td>
              {event.reason}
              {event.count > 1 && ` ×${event.count}`}
            </Table.Td>
            <Table.Td>{event.kind}</Table.Td>
            <Table.Td>
              <Text size="sm">
                <FromFile>{event.message}</FromFile>
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}
