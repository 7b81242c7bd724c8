import { useTranslation } from "react-i18next";
import { isFinished } from "../../components/PhaseBadge";
import { StageName } from "../../components/StageName";
import { useFormat } from "../../lib/useFormat";
import { useNow } from "../../lib/useNow";
import type { JobView } from "../data/jobView";
import { useLog } from "../logs/useLog";
import styles from "./Timeline.module.css";
import { type PlacedSpan, placed, spansOf } from "./timeline";

/** The life of a job: waiting, starting, and the stages of its last attempt, on one axis. */
export function Timeline({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const isRunning = job.phase === "Running";
  // Pods and their logs are the cluster's; a log of this name would be that of another job.
  const attempt = job.isPast ? null : (job.attempts.at(-1)?.number ?? null);
  const log = useLog(job.namespace, job.name, attempt, isRunning);
  const spans = spansOf(job, log.lines);
  if (spans.length === 0) return null;
  const end = job.finishedAt === null ? null : Date.parse(job.finishedAt);
  return (
    <section aria-label={t("job.timeline")}>
      {end === null && !isFinished(job.phase) ? (
        <Live spans={spans} />
      ) : (
        <Rows spans={placed(spans, end ?? Date.now())} />
      )}
    </section>
  );
}

function Live({ spans }: { spans: Parameters<typeof placed>[0] }) {
  return <Rows spans={placed(spans, useNow())} />;
}

function Rows({ spans }: { spans: PlacedSpan[] }) {
  return (
    <table className={styles.table}>
      <tbody>
        {spans.map((span) => (
          <Row key={`${span.name} ${span.start}`} span={span} />
        ))}
      </tbody>
    </table>
  );
}

function Name({ span: { kind, name } }: { span: PlacedSpan }) {
  const { t } = useTranslation();
  if (kind === "stage") return <StageName stage={name} />;
  return kind === "attempt" ? t("job.attemptNumber", { number: name }) : t(`job.span.${name as "Queued"}`);
}

function Row({ span }: { span: PlacedSpan }) {
  const format = useFormat();
  return (
    <tr>
      <th scope="row" className={styles.name}>
        <Name span={span} />
      </th>
      <td className={styles.track}>
        <div
          className={styles.bar}
          data-kind={span.kind}
          data-open={span.end === null}
          style={{ marginInlineStart: `${span.offset * 100}%`, width: `max(3px, ${span.length * 100}%)` }}
        />
      </td>
      <td className={styles.time}>{format.duration(span.seconds)}</td>
    </tr>
  );
}
