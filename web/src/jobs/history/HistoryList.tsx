import { Stack } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, body, type Schema } from "../../api/client";
import { ApiError } from "../../api/problem";
import { usePages } from "../../api/usePages";
import { type Column, DataTable } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { FromFile } from "../../components/FromFile";
import { Problem } from "../../components/Problem";
import { Age, Duration } from "../../components/Times";
import { JobName, jobPath } from "../JobName";
import { JobState } from "../JobState";
import { type JobFilter, queryOf } from "../list/filter";

type PastJob = Schema["PastJob"];
const PAGE = 100;
/** The operator writes to the history some seconds after a job has ended. */
const AGAIN = 10_000;

/** Jobs that have ended, from the database; also those that Kubernetes has forgotten. */
export function HistoryList({ namespace, filter }: { namespace: string; filter: JobFilter }) {
  const { t } = useTranslation();
  const columns = useColumns();
  const { pages, items: rows, isCut, loadMore, retry } = useHistory(namespace, filter);
  const { data, error, isFetchingNextPage, isPending } = pages;
  if (error !== null && data === undefined) {
    if (!(error instanceof ApiError) || error.code !== "NoHistory") return <Problem error={error} onRetry={retry} />;
    return <EmptyState title={t("jobs.noHistory")} text={t("jobs.noHistoryHint")} />;
  }
  if (!isPending && rows.length === 0) return <EmptyState title={t("jobs.emptyHistory")} />;
  return (
    <>
      <DataTable
        label={t("jobs.history")}
        columns={columns}
        rows={rows}
        keyOf={uidOf}
        nameOf={nameOf}
        rowHeight={62}
        card={card}
        isLoading={isPending || isFetchingNextPage}
        onEnd={loadMore}
      />
      {isCut && <Problem error={error} onRetry={retry} />}
    </>
  );
}

function useHistory(namespace: string, filter: JobFilter) {
  const query = { ...queryOf({ ...filter, owner: null, labels: [] }), limit: PAGE };
  return usePages({
    queryKey: ["history", namespace, query],
    read: (cursor, signal) =>
      body(
        api.GET("/api/v1/namespaces/{namespace}/history", {
          params: { path: { namespace }, query: { ...query, ...(cursor !== null && { cursor }) } },
          signal,
        }),
      ),
    staleTime: AGAIN,
    // A poll would hide the error of a first request.
    pollEvery: (isLoaded) => isLoaded && AGAIN,
  });
}

function uidOf(job: PastJob): string {
  return job.uid;
}

function nameOf(job: PastJob): string {
  return job.name;
}

function useColumns(): Column<PastJob>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { id: "name", title: t("jobs.column.name"), render: name },
      { id: "phase", title: t("jobs.column.phase"), width: "200px", render: phase },
      { id: "queue", title: t("jobs.column.queue"), width: "130px", minTableWidth: 960, render: (job) => job.queue },
      { id: "owner", title: t("jobs.column.owner"), width: "130px", minTableWidth: 1080, render: owner },
      {
        id: "duration",
        title: t("jobs.column.duration"),
        width: "120px",
        align: "end",
        minTableWidth: 760,
        render: (job) =>
          job.startedAt && job.finishedAt ? <Duration from={job.startedAt} to={job.finishedAt} /> : null,
      },
      {
        id: "finished",
        title: t("jobs.column.finished"),
        width: "130px",
        minTableWidth: 640,
        render: (job) => (job.finishedAt ? <Age at={job.finishedAt} /> : null),
      },
      {
        id: "deleted",
        title: t("jobs.column.deleted"),
        width: "130px",
        minTableWidth: 860,
        render: (job) => (job.deletedAt ? <Age at={job.deletedAt} /> : null),
      },
    ],
    [t],
  );
}

function name(job: PastJob) {
  return <JobName job={job} href={`${jobPath(job)}?uid=${job.uid}`} />;
}

function phase(job: PastJob) {
  return <JobState job={job} />;
}

function owner(job: PastJob) {
  return job.owner == null ? null : <FromFile>{job.owner}</FromFile>;
}

function card(job: PastJob) {
  return (
    <Stack gap={6}>
      {name(job)}
      {phase(job)}
    </Stack>
  );
}
