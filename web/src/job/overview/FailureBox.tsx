import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useDenial } from "../../api/rights";
import { ActionButton } from "../../components/ActionButton";
import { CopyButton } from "../../components/CopyButton";
import { FromFile } from "../../components/FromFile";
import { Icon } from "../../components/Icon";
import { bytesOf } from "../../lib/format";
import type { JobView } from "../data/jobView";
import { ElementLink } from "../results/Findings";

interface Props {
  job: JobView;
  onRetry(memory: string | null): void;
  onLog(): void;
}

/** Why a job failed, what to do next, and the buttons that do it. */
export function FailureBox({ job, onRetry, onLog }: Props) {
  const { t } = useTranslation();
  const denial = useDenial(job.namespace, "ifcjobs", "create");
  const reason = job.failure?.reason ?? job.reason ?? "";
  const message = job.failure?.message ?? job.message ?? "";
  const memory = reason === "OutOfMemory" ? moreMemory(job) : null;
  return (
    <Alert color="red" icon={<Icon name="cross" />} title={reason} role="alert">
      <Stack gap="xs">
        <Text size="sm">
          <FromFile>{message}</FromFile>
        </Text>
        {job.failure !== null && (
          <Text size="sm" fw={600}>
            <FromFile>{job.failure.hint}</FromFile>
          </Text>
        )}
        {job.failure?.element != null && (
          <Text size="sm">
            {t("job.failedElement")} <ElementLink job={job} globalId={job.failure.element} />
          </Text>
        )}
        <Group gap="xs">
          {!job.isPast && (
            <ActionButton
              label={memory === null ? t("jobs.action.retry") : t("job.retryWith", { memory })}
              icon="retry"
              denial={denial}
              onClick={() => onRetry(memory)}
            />
          )}
          {job.attempts.length > 0 && !job.isPast && (
            <Button size="xs" variant="default" onClick={onLog}>
              {t("job.readLog")}
            </Button>
          )}
          <CopyButton
            isLarge
            text={`${reason}: ${message}\n${job.failure?.hint ?? ""}`.trim()}
            label={t("job.copyError")}
          />
        </Group>
      </Stack>
    </Alert>
  );
}

/** Return twice the memory of the last attempt, in full GiB. */
export function moreMemory(job: Pick<JobView, "attempts">): string | null {
  const limit = bytesOf(job.attempts.at(-1)?.memoryLimit ?? "");
  return limit === null ? null : `${Math.max(1, Math.ceil((2 * limit) / 2 ** 30))}Gi`;
}
