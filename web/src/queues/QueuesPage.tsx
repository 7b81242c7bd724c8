import { Box, Group, NativeSelect, Skeleton, Stack, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { useNamespace } from "../app/namespace";
import { EmptyState } from "../components/EmptyState";
import { Problem } from "../components/Problem";
import { QueueCard } from "./QueueCard";
import { useQueues } from "./useQueues";

const HOURS = [1, 3, 12, 24, 168] as const;
const USUAL = 3;

/** The queues of a namespace: load, throughput and failures, now and over time. */
export default function QueuesPage() {
  const { t } = useTranslation();
  const namespace = useNamespace();
  const { queues, error, retry } = useQueues(namespace);
  const [hours, setHours] = useHours();
  if (error !== null && queues === undefined) return <Problem error={error} onRetry={retry} />;
  return (
    <Box p="md" pt="sm">
      <Group justify="space-between" mb="sm">
        <Title order={1} size="h3">
          {t("queues.title")}
        </Title>
        <NativeSelect
          size="xs"
          aria-label={t("queues.period")}
          data={HOURS.map((value) => ({ value: String(value), label: t(`queues.hours.${value}`) }))}
          value={String(hours)}
          onChange={({ currentTarget: { value } }) => setHours(Number(value))}
        />
      </Group>
      {queues === undefined && <Skeleton h={260} />}
      {queues?.length === 0 && <Empty namespace={namespace} />}
      <Stack gap="md">
        {queues?.map((queue) => (
          <QueueCard key={queue.name} queue={queue} hours={hours} />
        ))}
      </Stack>
    </Box>
  );
}

function Empty({ namespace }: { namespace: string }) {
  const { t } = useTranslation();
  const link = { href: `/namespaces/${namespace}/upload`, label: t("jobs.toUpload") };
  return <EmptyState title={t("queues.empty")} text={t("queues.emptyHint")} link={link} />;
}

function useHours(): [number, (hours: number) => void] {
  const [parameters, setParameters] = useSearchParams();
  const hours = HOURS.find((value) => String(value) === parameters.get("hours")) ?? USUAL;
  const set = (value: number) => setParameters(value === USUAL ? {} : { hours: String(value) }, { replace: true });
  return [hours, set];
}
