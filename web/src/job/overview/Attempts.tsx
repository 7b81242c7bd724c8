import { Progress, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/client";
import { Duration } from "../../components/Times";
import { WideTable } from "../../components/WideTable";
import { bytesOf } from "../../lib/format";
import { useFormat } from "../../lib/useFormat";
import type { JobView } from "../data/jobView";

type Attempt = Schema["PastAttempt"];

/** The attempts with their outcome, memory and processor time. */
export function Attempts({ job }: { job: JobView }) {
  const { t } = useTranslation();
  return (
    <WideTable label={t("job.attempts")} minWidth={560}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={50}>#</Table.Th>
          <Table.Th>{t("job.outcome")}</Table.Th>
          <Table.Th>{t("job.memory")}</Table.Th>
          <Table.Th ta="end">{t("job.cpu")}</Table.Th>
          <Table.Th ta="end">{t("jobs.column.duration")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {job.attempts.map((attempt) => (
          <Row key={attempt.number} attempt={attempt} />
        ))}
      </Table.Tbody>
    </WideTable>
  );
}

function Row({ attempt }: { attempt: Attempt }) {
  const { t } = useTranslation();
  const format = useFormat();
  const begin = attempt.startedAt ?? attempt.admittedAt;
  return (
    <Table.Tr>
      <Table.Td>{attempt.number}</Table.Td>
      <Table.Td>
        <Text size="sm" fw={500}>
          {attempt.reason ?? t("job.stillRunning")}
        </Text>
        {attempt.exitCode != null && attempt.exitCode !== 0 && (
          <Text size="xs" c="dimmed">
            {t("job.exitCode", { code: attempt.exitCode })}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Memory attempt={attempt} />
      </Table.Td>
      <Table.Td ta="end">{attempt.cpuSeconds == null ? "–" : format.duration(attempt.cpuSeconds)}</Table.Td>
      <Table.Td ta="end">
        <Duration from={begin} to={attempt.finishedAt} />
      </Table.Td>
    </Table.Tr>
  );
}

const TIGHT = 0.9;

/** The peak of the memory against its limit, as numbers and as a bar. */
function Memory({ attempt: { memoryLimit, peakMemoryBytes } }: { attempt: Attempt }) {
  const { t } = useTranslation();
  const format = useFormat();
  const limit = bytesOf(memoryLimit);
  if (peakMemoryBytes == null) {
    return <Text size="sm">{limit === null ? "–" : t("job.memoryLimit", { limit: format.bytes(limit) })}</Text>;
  }
  if (limit === null) return <Text size="sm">{format.bytes(peakMemoryBytes)}</Text>;
  const share = peakMemoryBytes / limit;
  return (
    <Stack gap={3} maw={220}>
      <Text size="sm">{t("job.memoryUse", { peak: format.bytes(peakMemoryBytes), limit: format.bytes(limit) })}</Text>
      <Progress.Root size={6}>
        <Progress.Section
          value={Math.min(100, share * 100)}
          color={share > TIGHT ? "red" : "blue"}
          aria-label={t("job.memoryShare", { share: format.share(share) })}
        />
      </Progress.Root>
    </Stack>
  );
}
