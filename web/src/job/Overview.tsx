import { Alert, Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../lib/useFormat";
import type { JobView } from "./data/jobView";
import { Attempts } from "./overview/Attempts";
import { Conditions } from "./overview/Conditions";
import { Facts } from "./overview/Facts";
import { FailureBox } from "./overview/FailureBox";
import { RunProgress } from "./overview/RunProgress";
import { Timeline } from "./overview/Timeline";
import { Waiting } from "./overview/Waiting";

interface Props {
  job: JobView;
  onRetry(memory: string | null): void;
  onLog(): void;
}

/** Where a job stands: progress or failure, times, attempts, numbers and conditions. */
export function Overview({ job, onRetry, onLog }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const attempt = job.attempts.at(-1);
  return (
    <Stack gap="lg">
      {job.phase === "Failed" && <FailureBox job={job} onRetry={onRetry} onLog={onLog} />}
      {job.phase === "Queued" && <Waiting job={job} />}
      {job.phase === "Running" && job.progress !== null && (
        <RunProgress progress={job.progress} startedAt={attempt?.startedAt ?? job.startedAt} />
      )}
      {job.nextAttemptAt !== null && job.failure !== null && (
        <Alert color="orange" title={job.failure.reason}>
          {t("job.nextAttempt", { time: format.time(job.nextAttemptAt, true) })}
          {job.nextMemory !== null && ` ${t("job.nextMemory", { memory: job.nextMemory })}`}
        </Alert>
      )}
      <Section title={t("job.timeline")}>
        <Timeline job={job} />
      </Section>
      <Section title={t("job.facts")}>
        <Facts job={job} />
      </Section>
      {job.attempts.length > 0 && (
        <Section title={t("job.attempts")}>
          <Attempts job={job} />
        </Section>
      )}
      {job.conditions.length > 0 && (
        <Section title={t("job.conditions")}>
          <Conditions job={job} />
        </Section>
      )}
    </Stack>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      {children}
    </section>
  );
}
