import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { api, body, type Schema } from "../../api/client";
import { isNewer, keyOf } from "../../api/live/LiveStore";
import { useAfterGap, useConnection, useLiveValue } from "../../api/live/useLive";
import { ApiError } from "../../api/problem";
import { isFinished } from "../../components/PhaseBadge";
import { type JobView, viewOfJob, viewOfPast } from "./jobView";

const POLL = 4_000;
/** While the stream has a newer version than the latest answer, which another replica may have given. */
const POLL_BEHIND = 1_000;

interface Read {
  job: JobView | null;
  /** It was deleted while the page was open, or only the history knows it. */
  isDeleted: boolean;
  error: Error | null;
  retry(): void;
}

/** A job by its name, current with the stream; when the cluster has forgotten it, the history's. */
export function useJob(namespace: string, name: string, uid: string | null): Read {
  const connection = useConnection();
  const summary = useLiveValue(({ jobs }) => jobs.get(keyOf({ namespace, name })));
  const current = useQuery({
    queryKey: ["job", namespace, name],
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/namespaces/{namespace}/jobs/{name}", { params: { path: { namespace, name } }, signal })),
    staleTime: 0,
    refetchInterval: ({ state: { data } }) => {
      if (data === undefined) return false;
      const { resourceVersion, uid: read } = data.metadata;
      if (summary?.uid === read && resourceVersion != null && isNewer(summary, { resourceVersion })) return POLL_BEHIND;
      return connection === "live" || isFinished(data.status?.phase ?? "Queued") ? false : POLL;
    },
  });
  const { data, refetch } = current;
  const isMissing = current.error instanceof ApiError && current.error.status === 404;
  const isOther = uid !== null && data !== undefined && data.metadata.uid !== uid;
  const past = usePast(namespace, name, uid, (isMissing && data === undefined) || isOther);
  const version = summary?.resourceVersion;
  const currentUid = data?.metadata.uid;
  const isGone = useLiveValue(({ deleted }) => currentUid != null && deleted.has(currentUid));
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new version
  useEffect(() => {
    if (version !== undefined && version !== data?.metadata.resourceVersion && !isGone) void refetch();
  }, [version, refetch]);
  // It may have been deleted.
  useAfterGap(() => void refetch());
  const job = useMemo(() => {
    if (data === undefined || isOther) return null;
    // The client's types have arrays where the API's have tuples.
    const view = viewOfJob(data as Schema["IfcJob"]);
    // The stream has the progress before the answer to a new request has it.
    return summary?.uid === view.uid && summary.progress != null ? { ...view, progress: summary.progress } : view;
  }, [data, isOther, summary]);
  const former = useMemo(() => past.job && { ...past.job, isReplaced: isOther }, [past.job, isOther]);
  return {
    job: job ?? former,
    isDeleted: isGone || (isMissing && data !== undefined) || (job === null && past.job?.deletedAt != null),
    error: job !== null ? null : isMissing || isOther ? past.error : current.error,
    retry: () => void (isOther ? past.refetch() : refetch()),
  };
}

/** The job of the history: that with the uid, else the newest one of this name. */
function usePast(namespace: string, name: string, uid: string | null, isEnabled: boolean) {
  const { data, error, refetch } = useQuery({
    queryKey: ["past", namespace, name, uid],
    enabled: isEnabled,
    queryFn: async ({ signal }) => viewOfPast(await pastJob(namespace, name, uid, signal)),
  });
  return { job: isEnabled ? (data ?? null) : null, error, refetch };
}

async function pastJob(namespace: string, name: string, uid: string | null, signal: AbortSignal) {
  const found = uid ?? (await newestUid(namespace, name, signal));
  const params = { path: { namespace, uid: found } };
  return body(api.GET("/api/v1/namespaces/{namespace}/history/{uid}", { params, signal }));
}

async function newestUid(namespace: string, name: string, signal: AbortSignal): Promise<string> {
  const params = { path: { namespace }, query: { q: name, limit: 200 } };
  const { items } = await body(api.GET("/api/v1/namespaces/{namespace}/history", { params, signal }));
  const newest = items.find((item) => item.name === name);
  if (newest === undefined) throw new ApiError(404, "JobNotFound", "Not found", name, false);
  return newest.uid;
}
