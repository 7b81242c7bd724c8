import { Badge, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Schema } from "../api/client";
import { FromFile } from "../components/FromFile";
import { Icon } from "../components/Icon";
import { Duration } from "../components/Times";
import { useFormat } from "../lib/useFormat";
import { QueueActions } from "./QueueActions";
import { QueueCharts } from "./QueueCharts";
import styles from "./queues.module.css";
import { failureRate } from "./useQueues";

type Queue = Schema["Queue"];

/** One queue: its state and numbers, its past hours, and its actions. */
export function QueueCard({ queue, hours }: { queue: Queue; hours: number }) {
  const { namespace, name } = queue;
  return (
    <Paper withBorder p="md" component="section" aria-label={name}>
      <Stack gap="md">
        <Group justify="space-between" gap="xs">
          <Group gap="xs">
            <Title order={2} size="h4">
              <Link href={`/namespaces/${namespace}/jobs?queue=${name}`} style={{ color: "inherit" }}>
                {name}
              </Link>
            </Title>
            <State queue={queue} />
          </Group>
          <QueueActions queue={queue} />
        </Group>
        {queue.stopPolicy === "None" && queue.message != null && queue.reason !== "Admitting" && (
          <Text size="sm" c="dimmed">
            <FromFile>{queue.message}</FromFile>
          </Text>
        )}
        <Numbers queue={queue} />
        <QueueCharts namespace={namespace} name={name} hours={hours} />
      </Stack>
    </Paper>
  );
}

function State({ queue: { stopPolicy } }: { queue: Queue }) {
  const { t } = useTranslation();
  const isOpen = stopPolicy === "None";
  return (
    <Badge
      variant="light"
      tt="none"
      color={isOpen ? "green" : "orange"}
      c="var(--mantine-color-text)"
      leftSection={<Icon name={isOpen ? "play" : "pause"} size={12} />}
    >
      {t(`queues.state.${stopPolicy}`)}
    </Badge>
  );
}

function Numbers({ queue }: { queue: Queue }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rate = failureRate(queue);
  const numbers: [string, ReactNode][] = [
    [t("queues.pending"), format.number(queue.pending)],
    [t("queues.active"), <Slots key="slots" queue={queue} />],
    [t("queues.demand"), format.number(queue.demand)],
    [
      t("queues.oldestWait"),
      queue.oldestPendingAt == null ? "–" : <Duration key="wait" from={queue.oldestPendingAt} />,
    ],
    [t("queues.throughput"), t("queues.perHour", { number: format.number(queue.finishedLastHour) })],
    [t("queues.failureRate"), rate === null ? "–" : format.share(rate, 1)],
  ];
  return (
    <dl className={styles.numbers}>
      {numbers.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="numeric">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Running jobs of the slots in effect; a limit or a request that differs is told. */
function Slots({ queue: { active, slots, slotsInEffect, maxSlots } }: { queue: Queue }) {
  const { t } = useTranslation();
  const format = useFormat();
  const notes = [
    ...(slots !== slotsInEffect ? [t("queues.slotsRequested", { number: format.number(slots) })] : []),
    ...(maxSlots != null ? [t("queues.slotsMax", { number: format.number(maxSlots) })] : []),
  ];
  return (
    <>
      {format.number(active)}{" "}
      <small>{[t("queues.ofSlots", { number: format.number(slotsInEffect) }), ...notes].join(", ")}</small>
    </>
  );
}
