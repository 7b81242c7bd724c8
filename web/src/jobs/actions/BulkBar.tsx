import { Button, Group, Paper, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDenial } from "../../api/rights";
import { ActionButton } from "../../components/ActionButton";
import type { IconName } from "../../components/Icon";
import { useFormat } from "../../lib/useFormat";
import { ACTIONS, type Action, applies, type Target, VERBS } from "./actions";
import styles from "./BulkBar.module.css";

const ActionDialog = lazy(async () => ({ default: (await import("./ActionDialog")).ActionDialog }));

export const ACTION_ICONS: Readonly<Record<Action, IconName>> = {
  cancel: "stop",
  suspend: "pause",
  resume: "play",
  retry: "retry",
  delete: "trash",
};

interface Props {
  namespace: string;
  jobs: readonly Target[];
  /** Jobs that pass the filter but are not selected, because they are not loaded. */
  notLoaded: number;
  onSelectAll(): void;
  onClear(): void;
}

/** The actions on the selected jobs; at the bottom of the window while there are any. */
export function BulkBar({ namespace, jobs, notLoaded, onSelectAll, onClear }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [action, setAction] = useState<Action | null>(null);
  return (
    <Paper className={styles.bar} withBorder shadow="md" role="region" aria-label={t("jobs.selection")}>
      <Group gap="xs">
        <Text size="sm" fw={600} role="status">
          {t("jobs.selected", { count: jobs.length, number: format.number(jobs.length) })}
        </Text>
        {notLoaded > 0 && (
          <Button size="compact-sm" variant="subtle" onClick={onSelectAll}>
            {t("jobs.selectAll", { number: format.number(jobs.length + notLoaded) })}
          </Button>
        )}
      </Group>
      <Group gap={6}>
        {ACTIONS.map((name) => (
          <BulkButton key={name} action={name} namespace={namespace} jobs={jobs} onClick={() => setAction(name)} />
        ))}
        <Button size="xs" variant="subtle" color="gray" onClick={onClear}>
          {t("jobs.clear")}
        </Button>
      </Group>
      {action !== null && (
        <Suspense>
          <ActionDialog
            action={action}
            jobs={jobs}
            onClose={() => setAction(null)}
            onDone={() => {
              setAction(null);
              onClear();
            }}
          />
        </Suspense>
      )}
    </Paper>
  );
}

interface ButtonProps {
  action: Action;
  namespace: string;
  jobs: readonly Target[];
  onClick(): void;
}

function BulkButton({ action, namespace, jobs, onClick }: ButtonProps) {
  const { t } = useTranslation();
  const denial = useDenial(namespace, "ifcjobs", VERBS[action]);
  const isUseful = jobs.some((job) => applies(action, job.phase));
  return (
    <ActionButton
      label={t(`jobs.action.${action}`)}
      icon={ACTION_ICONS[action]}
      denial={denial ?? (isUseful ? null : t(`jobs.useless.${action}`))}
      isDangerous={action === "delete"}
      onClick={onClick}
    />
  );
}
