import { SimpleGrid, Skeleton, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "../api/client";
import { Chart } from "../components/Chart";
import { Problem } from "../components/Problem";
import { useFormat } from "../lib/useFormat";
import { FailureReasons } from "./FailureReasons";
import { useTrend } from "./useQueues";

const BLUE = "var(--mantine-color-blue-6)";
const GREY = "light-dark(var(--mantine-color-gray-6), var(--mantine-color-dark-2))";
const GREEN = "var(--mantine-color-green-6)";
const RED = "var(--mantine-color-red-6)";

interface Props {
  namespace: string;
  name: string;
  hours: number;
}

/** Load, throughput, memory and failures of a queue over time. */
export function QueueCharts({ namespace, name, hours }: Props) {
  const { data, error, refetch } = useTrend(namespace, name, hours);
  if (error !== null && data === undefined) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton h={130} />;
  return (
    <>
      <Charts trend={data} />
      {!data.includesHistory && <Basis />}
    </>
  );
}

function Charts({ trend }: { trend: Schema["QueueTrend"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const common = { start: Date.parse(trend.start), stepSeconds: trend.stepSeconds };
  const number = (value: number) => format.number(value);
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing="lg">
      <Chart
        {...common}
        title={t("queues.chart.load")}
        formatValue={number}
        series={[
          { name: t("queues.pending"), colour: GREY, kind: "line", values: trend.pending },
          { name: t("queues.active"), colour: BLUE, kind: "line", values: trend.active },
        ]}
      />
      <Chart
        {...common}
        title={t("queues.chart.finished")}
        formatValue={number}
        series={[
          { name: t("queues.finished"), colour: GREEN, kind: "bar", values: trend.finished },
          { name: t("queues.failed"), colour: RED, kind: "bar", values: trend.failed },
        ]}
      />
      <Chart
        {...common}
        title={t("queues.chart.memory")}
        formatValue={(bytes) => format.bytes(bytes)}
        series={[
          { name: t("queues.requested"), colour: GREY, kind: "bar", values: trend.memoryRequestedBytes },
          { name: t("queues.used"), colour: BLUE, kind: "bar", values: trend.memoryPeakBytes },
        ]}
      />
      <FailureReasons reasons={trend.failuresByReason ?? {}} finished={sum(trend.finished)} />
    </SimpleGrid>
  );
}

function Basis() {
  const { t } = useTranslation();
  return (
    <Text size="xs" c="dimmed" mt="xs">
      {t("queues.basis")}
    </Text>
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
