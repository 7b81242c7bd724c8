import { Alert } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Job } from "../api/live/LiveStore";
import { DataTable } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { Problem } from "../components/Problem";
import { useFormat } from "../lib/useFormat";
import { BulkBar } from "./actions/BulkBar";
import { jobCard, useColumns } from "./columns";
import { Positions } from "./JobState";
import { isEmpty, NO_FILTER } from "./list/filter";
import type { useJobs } from "./list/useJobs";
import type { useView } from "./useView";

interface Props {
  namespace: string;
  view: ReturnType<typeof useView>;
  jobs: ReturnType<typeof useJobs>;
}

/** The jobs that exist now, live. */
export function LiveList({ namespace, view, jobs }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useColumns();
  const selection = useSelectedJobs(jobs.rows);
  if (jobs.error !== null && jobs.rows.length === 0) return <Problem error={jobs.error} onRetry={jobs.retry} />;
  if (!jobs.isFirst && jobs.rows.length === 0) return <Empty namespace={namespace} view={view} />;
  const selectAll = async () => {
    await jobs.loadAll();
    selection.selectAll();
  };
  return (
    <Positions value={jobs.positions}>
      {jobs.staleSeconds > 30 && (
        <Alert color="orange" mb="xs">
          {t("jobs.stale", { duration: format.duration(jobs.staleSeconds) })}
        </Alert>
      )}
      <DataTable
        label={t("jobs.title")}
        columns={columns}
        rows={jobs.rows}
        keyOf={uidOf}
        nameOf={nameOf}
        rowHeight={62}
        total={jobs.total}
        sort={view.order}
        onSort={view.setOrder}
        selected={selection.selected}
        onSelect={selection.select}
        onEnd={jobs.loadMore}
        isLoading={jobs.isFirst || jobs.isLoadingMore}
        card={jobCard}
      />
      {jobs.isCut && <Problem error={jobs.error} onRetry={jobs.retry} />}
      {selection.jobs.length > 0 && (
        <BulkBar
          namespace={namespace}
          jobs={selection.jobs}
          notLoaded={selection.jobs.length === jobs.rows.length ? jobs.total - jobs.rows.length : 0}
          onSelectAll={() => void selectAll()}
          onClear={() => selection.select(new Set())}
        />
      )}
    </Positions>
  );
}

/** The selection. Jobs that leave the list leave it too: nobody should delete what is not in view. */
function useSelectedJobs(rows: readonly Job[]) {
  const [selected, select] = useState<ReadonlySet<string> | "all">(new Set());
  const keys = useMemo(() => (selected === "all" ? new Set(rows.map(uidOf)) : selected), [selected, rows]);
  const jobs = useMemo(() => (keys.size === 0 ? [] : rows.filter((job) => keys.has(job.uid))), [keys, rows]);
  return { selected: keys, select, jobs, selectAll: () => select("all") };
}

function uidOf(job: Job): string {
  return job.uid;
}

function nameOf(job: Job): string {
  return job.name;
}

function Empty({ namespace, view }: Pick<Props, "namespace" | "view">) {
  const { t } = useTranslation();
  if (isEmpty(view.filter)) {
    const link = { href: `/namespaces/${namespace}/upload`, label: t("jobs.toUpload") };
    return <EmptyState title={t("jobs.empty")} text={t("jobs.emptyHint")} link={link} />;
  }
  return (
    <EmptyState
      title={t("jobs.noMatch")}
      text={t("jobs.noMatchHint")}
      onAction={{ label: t("jobs.clearFilter"), run: () => view.setFilter(NO_FILTER) }}
    />
  );
}
