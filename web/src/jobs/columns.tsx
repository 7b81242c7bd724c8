import { ActionIcon, Group, Text, Tooltip } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Job } from "../api/live/LiveStore";
import type { Column } from "../components/DataTable";
import { FromFile } from "../components/FromFile";
import { Icon } from "../components/Icon";
import { Age, Duration } from "../components/Times";
import { useFormat } from "../lib/useFormat";
import { JobName } from "./JobName";
import { JobState } from "./JobState";

/** The columns of the list of jobs. */
export function useColumns(): Column<Job>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { id: "name", title: t("jobs.column.name"), sortable: true, render: (job) => <JobName job={job} /> },
      {
        id: "phase",
        title: t("jobs.column.phase"),
        sortable: true,
        width: "220px",
        render: (job) => <JobState job={job} />,
      },
      { id: "queue", title: t("jobs.column.queue"), sortable: true, width: "120px", minTableWidth: 960, render: queue },
      { id: "owner", title: t("jobs.column.owner"), width: "130px", minTableWidth: 1080, render: owner },
      {
        id: "priority",
        title: t("jobs.column.priority"),
        sortable: true,
        width: "100px",
        align: "end",
        minTableWidth: 1400,
        render: (job) => job.priority ?? 0,
      },
      {
        id: "size",
        title: t("jobs.column.size"),
        width: "100px",
        align: "end",
        minTableWidth: 1280,
        render: (job) => <Size job={job} />,
      },
      {
        id: "createdAt",
        title: t("jobs.column.created"),
        sortable: true,
        width: "130px",
        minTableWidth: 760,
        render: created,
      },
      {
        id: "duration",
        title: t("jobs.column.duration"),
        width: "120px",
        align: "end",
        minTableWidth: 680,
        render: (job) => <RunTime job={job} />,
      },
      {
        id: "finishedAt",
        title: t("jobs.column.finished"),
        sortable: true,
        width: "130px",
        minTableWidth: 1560,
        render: finished,
      },
      {
        id: "model",
        title: t("jobs.column.model"),
        width: "80px",
        minTableWidth: 600,
        render: (job) => <OpenModel job={job} />,
      },
    ],
    [t],
  );
}

function queue(job: Job) {
  return (
    <Text size="sm" truncate title={job.queue}>
      {job.queue}
    </Text>
  );
}

function owner(job: Job) {
  if (job.owner == null) return null;
  return (
    <Text size="sm" truncate title={job.owner}>
      <FromFile>{job.owner}</FromFile>
    </Text>
  );
}

function created(job: Job) {
  return job.createdAt == null ? null : <Age at={job.createdAt} />;
}

function finished(job: Job) {
  return job.finishedAt == null ? null : <Age at={job.finishedAt} />;
}

function Size({ job }: { job: Job }) {
  const format = useFormat();
  return job.inputBytes == null ? null : <span>{format.bytes(job.inputBytes)}</span>;
}

/** The time that a job has run; one that waits has its age in another column. */
function RunTime({ job }: { job: Job }) {
  return job.startedAt == null ? null : <Duration from={job.startedAt} to={job.finishedAt} />;
}

function OpenModel({ job }: { job: Job }) {
  const { t } = useTranslation();
  if (job.phase !== "Succeeded" || job.sha256 == null) return null;
  const label = t("jobs.openModel", { name: job.name });
  return (
    <Tooltip label={t("jobs.open")}>
      <ActionIcon component={Link} href={`/models/${job.sha256}`} variant="subtle" aria-label={label}>
        <Icon name="cube" />
      </ActionIcon>
    </Tooltip>
  );
}

/** A job in a narrow list. */
export function jobCard(job: Job) {
  return (
    <>
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
        <JobName job={job} />
        <OpenModel job={job} />
      </Group>
      <Group justify="space-between" mt={6} gap="xs" align="flex-end">
        <JobState job={job} />
        <Text size="xs" c="dimmed" component="div">
          {created(job)}
        </Text>
      </Group>
    </>
  );
}
