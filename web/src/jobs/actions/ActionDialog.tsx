import { List, Progress, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { detailOf } from "../../api/problem";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { FromFile } from "../../components/FromFile";
import { type Action, applies, type Failed, newAttempt, perform, performAll, type Target } from "./actions";

const SHOWN = 5;
const MEMORIES = ["1Gi", "2Gi", "4Gi", "8Gi", "16Gi", "32Gi", "64Gi"];

interface Props {
  action: Action;
  jobs: readonly Target[];
  /** The proposed memory of a retry, such as `8Gi`. */
  memory?: string;
  onClose(): void;
  /** All jobs are done; a single retry has made this job. */
  onDone(newJob: string | null): void;
}

/** Asks before an action on one or many jobs, performs it, and lists the jobs for which it failed. */
export function ActionDialog({ action, jobs, memory, onClose, onDone }: Props) {
  const { t } = useTranslation();
  // Jobs are live: the question and the progress are about those of the moment when the dialog opened.
  const [selection] = useState(jobs);
  const targets = selection.filter((job) => applies(action, job.phase));
  const [chosenMemory, setMemory] = useState<string | null>(memory ?? null);
  const { isBusy, done, failed, run } = useRun(action, targets, chosenMemory ?? undefined, onDone);
  if (failed !== null) return <Failures action={action} failed={failed} onClose={onClose} />;
  const leftOut = selection.length - targets.length;
  return (
    <ConfirmDialog
      title={t(`jobs.ask.${action}`, { count: targets.length })}
      text={t(`jobs.effect.${action}`)}
      action={t(`jobs.action.${action}`)}
      isDangerous={action === "delete" || action === "cancel"}
      isBusy={isBusy}
      onConfirm={run}
      onClose={onClose}
    >
      <Stack gap="xs">
        <Names jobs={targets} />
        {leftOut > 0 && (
          <Text size="sm" c="dimmed">
            {t("jobs.leftOut", { count: leftOut })}
          </Text>
        )}
        {action === "retry" && targets.length === 1 && (
          <Select
            label={t("jobs.memory")}
            placeholder={t("jobs.memoryAsBefore")}
            data={chosenMemory === null || MEMORIES.includes(chosenMemory) ? MEMORIES : [chosenMemory, ...MEMORIES]}
            value={chosenMemory}
            onChange={setMemory}
            clearable
            clearButtonProps={{ "aria-label": t("jobs.memoryAsBefore") }}
          />
        )}
        {isBusy && targets.length > 1 && (
          <Progress.Root size={6}>
            <Progress.Section value={(100 * done) / targets.length} aria-label={t("shared.progress")} />
          </Progress.Root>
        )}
      </Stack>
    </ConfirmDialog>
  );
}

function useRun(action: Action, targets: Target[], memory: string | undefined, onDone: Props["onDone"]) {
  const [isBusy, setBusy] = useState(false);
  const [done, setDone] = useState(0);
  const [failed, setFailed] = useState<Failed[] | null>(null);
  const [attempt] = useState(newAttempt);
  const run = async () => {
    setBusy(true);
    const [single] = targets;
    if (single !== undefined && targets.length === 1) {
      try {
        onDone(await perform(action, single, attempt, memory));
      } catch (error) {
        setFailed([{ job: single, error }]);
      }
    } else {
      const failures = await performAll(action, targets, attempt, setDone);
      if (failures.length === 0) onDone(null);
      else setFailed(failures);
    }
    setBusy(false);
  };
  return { isBusy, done, failed, run };
}

function Names({ jobs }: { jobs: readonly Target[] }) {
  const { t } = useTranslation();
  return (
    <List size="sm">
      {jobs.slice(0, SHOWN).map((job) => (
        <List.Item key={job.uid} className="from-file">
          {job.name}
        </List.Item>
      ))}
      {jobs.length > SHOWN && <List.Item>{t("jobs.andMore", { count: jobs.length - SHOWN })}</List.Item>}
    </List>
  );
}

function Failures({ action, failed, onClose }: { action: Action; failed: Failed[]; onClose(): void }) {
  const { t } = useTranslation();
  return (
    <ConfirmDialog
      title={t(`jobs.failedTo.${action}`, { count: failed.length })}
      action={t("shared.dialog.close")}
      onConfirm={onClose}
      onClose={onClose}
      hasCancel={false}
    >
      <List size="sm" mah="40vh" style={{ overflowY: "auto" }}>
        {failed.map(({ job, error }) => (
          <List.Item key={job.uid}>
            <b className="from-file">{job.name}</b>: <FromFile>{detailOf(error)}</FromFile>
          </List.Item>
        ))}
      </List>
    </ConfirmDialog>
  );
}
