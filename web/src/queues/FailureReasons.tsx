import { Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useNamespace } from "../app/namespace";
import { useFormat } from "../lib/useFormat";
import styles from "./queues.module.css";

const SHOWN = 5;

/** The failed jobs of the period by reason, as shares of all finished ones; each leads to its jobs. */
export function FailureReasons({ reasons, finished }: { reasons: Record<string, number>; finished: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const namespace = useNamespace();
  const rows = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  return (
    <section aria-label={t("queues.chart.failures")}>
      <Text size="sm" fw={600} mb={6}>
        {t("queues.chart.failures")}
      </Text>
      {rows.length === 0 && (
        <Text size="sm" c="dimmed">
          {finished === 0 ? t("queues.noneFinished") : t("queues.noneFailed")}
        </Text>
      )}
      <Stack gap={6}>
        {rows.slice(0, SHOWN).map(([reason, count]) => (
          <div key={reason}>
            <div className={styles.reason}>
              <Link href={`/namespaces/${namespace}/jobs?phase=Failed&q=${encodeURIComponent(reason)}`}>{reason}</Link>
              <span className="numeric">
                {format.number(count)} ({format.share(count / finished, 1)})
              </span>
            </div>
            <Progress.Root size={4}>
              <Progress.Section value={(100 * count) / finished} color="red" aria-label={reason} />
            </Progress.Root>
          </div>
        ))}
      </Stack>
    </section>
  );
}
