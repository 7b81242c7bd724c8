import { Anchor, Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useDenial } from "../api/rights";
import { ActionButton } from "../components/ActionButton";
import { CopyButton } from "../components/CopyButton";
import { FromFile } from "../components/FromFile";
import { Icon } from "../components/Icon";
import { PhaseBadge } from "../components/PhaseBadge";
import { Age, Duration } from "../components/Times";
import { ACTIONS, type Action, applies, VERBS } from "../jobs/actions/actions";
import { ACTION_ICONS } from "../jobs/actions/BulkBar";
import type { JobView } from "./data/jobView";

interface Props {
  job: JobView;
  isDeleted: boolean;
  onAction(action: Action): void;
}

/** Name, phase and times of a job, with its actions. */
export function JobHeader({ job, isDeleted, onAction }: Props) {
  const { t } = useTranslation();
  const isFixed = isDeleted || job.isPast;
  return (
    <Stack gap="xs">
      <Anchor component={Link} href={`/namespaces/${job.namespace}/jobs`} size="sm">
        ← {t("jobs.title")}
      </Anchor>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={4} miw={0} flex="1 1 280px">
          <Group gap="xs">
            <Title order={1} size="h3" className="from-file">
              {job.name}
            </Title>
            <CopyButton text={job.name} label={t("job.copyName")} />
            <PhaseBadge phase={job.phase} size="lg" />
            {job.isDegraded && <Mark text={t("jobs.degraded")} hint={t("jobs.degradedHint")} />}
            {job.cacheHit && <Mark text={t("jobs.cached")} hint={t("jobs.cachedHint")} />}
          </Group>
          <Text size="sm" c="dimmed" component="div">
            {job.fileName !== null && <FromFile>{job.fileName}</FromFile>}
            {job.createdAt !== null && (
              <>
                {job.fileName !== null && " · "}
                <span style={{ whiteSpace: "nowrap" }}>
                  {t("jobs.column.created")} <Age at={job.createdAt} />
                </span>
              </>
            )}
            {job.startedAt !== null && (
              <>
                {" · "}
                <span style={{ whiteSpace: "nowrap" }}>
                  {t("jobs.column.duration")} <Duration from={job.startedAt} to={job.finishedAt} />
                </span>
              </>
            )}
          </Text>
        </Stack>
        <Group gap={6}>
          {job.hasResult && job.sha256 !== null && (
            <Button
              component={Link}
              href={`/models/${job.sha256}`}
              size="xs"
              leftSection={<Icon name="cube" size={14} />}
            >
              {t("jobs.open")}
            </Button>
          )}
          {!isFixed &&
            ACTIONS.filter((action) => applies(action, job.phase)).map((action) => (
              <HeaderAction key={action} action={action} namespace={job.namespace} onAction={onAction} />
            ))}
        </Group>
      </Group>
    </Stack>
  );
}

function HeaderAction({
  action,
  namespace,
  onAction,
}: {
  action: Action;
  namespace: string;
  onAction(a: Action): void;
}) {
  const { t } = useTranslation();
  const denial = useDenial(namespace, "ifcjobs", VERBS[action]);
  return (
    <ActionButton
      label={t(`jobs.action.${action}`)}
      icon={ACTION_ICONS[action]}
      denial={denial}
      isDangerous={action === "delete"}
      onClick={() => onAction(action)}
    />
  );
}

function Mark({ text, hint }: { text: string; hint: string }) {
  return (
    <Badge variant="outline" color="orange" tt="none" c="var(--mantine-color-text)" title={hint}>
      {text}
    </Badge>
  );
}
