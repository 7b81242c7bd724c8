import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useMemo, useRef } from "react";
import { api, body, type Schema } from "../../api/client";
import type { Job } from "../../api/live/LiveStore";
import { liveStore, useAfterGap, useConnection, useLiveValue } from "../../api/live/useLive";
import { usePages } from "../../api/usePages";
import type { Phase } from "../../components/PhaseBadge";
import { type JobFilter, queryOf } from "./filter";
import { merge } from "./merge";
import { comparing, type orderOf } from "./order";
import { usePlaces } from "./usePlaces";

const PAGE = 200;
const POLL = 5_000;
/** Counts and places follow the stream with this delay: changes come by the hundred. */
const OVERVIEW_DELAY = 1_500;

interface Jobs {
  rows: Job[];
  total: number;
  /** Jobs per phase; null until they are counted. */
  phases: Partial<Record<Phase, number>> | null;
  /** Places of waiting jobs in their queues. */
  positions: Record<string, number>;
  staleSeconds: number;
  error: Error | null;
  isFirst: boolean;
  isLoadingMore: boolean;
  /** The next page failed: it is not requested again before `retry`. */
  isCut: boolean;
  loadMore(): void;
  loadAll(): Promise<void>;
  retry(): void;
}

/** The jobs that pass a filter, in an order: pages of the API, kept current by the stream. */
export function useJobs(namespace: string, filter: JobFilter, order: ReturnType<typeof orderOf>): Jobs {
  const connection = useConnection();
  const live = useLiveJobs();
  const queries = useQueryClient();
  const query = useMemo(
    () => ({ ...queryOf(filter), sort: order.column, descending: order.descending, limit: PAGE, overview: true }),
    [filter, order],
  );
  const page = (cursor: string | null, signal: AbortSignal) =>
    body(
      api.GET("/api/v1/namespaces/{namespace}/jobs", {
        params: { path: { namespace }, query: { ...query, ...(cursor !== null && { cursor }) } },
        signal,
      }),
    );
  const overviewKey = ["jobs-overview", namespace, query];
  const { pages, items, isCut, loadMore, retry } = usePages({
    queryKey: ["jobs", namespace, query],
    read: async (cursor, signal) => {
      const answer = await page(cursor, signal);
      if (cursor === null) queries.setQueryData(overviewKey, answer);
      return answer;
    },
    staleTime: 0,
    pollEvery: () => (connection === "live" ? false : POLL),
  });
  const overview = useOverview(overviewKey, (signal) => page(null, signal));
  const { data, hasNextPage } = pages;
  // Jobs outside of the snapshot may have changed unseen.
  useAfterGap(() => void pages.refetch());
  const rows = useMemo(
    () => merge({ jobs: items, hasMore: hasNextPage }, live, namespace, filter, comparing(order)),
    [items, hasNextPage, live, namespace, filter, order],
  );
  const newest = overview ?? data?.pages[0];
  const positions = usePlaces([namespace, query], data, newest, page);
  return {
    rows,
    total: hasNextPage ? Math.max(newest?.total ?? 0, rows.length) : rows.length,
    phases: newest?.phases ?? null,
    positions,
    staleSeconds: newest?.staleSeconds ?? 0,
    error: pages.error,
    isFirst: pages.isPending,
    isLoadingMore: pages.isFetchingNextPage,
    isCut,
    loadMore,
    loadAll: async () => {
      for (let more = hasNextPage; more; ) {
        const next = await pages.fetchNextPage();
        more = next.hasNextPage && !next.isError;
      }
    },
    retry,
  };
}

/** The jobs of the stream; drawing them may wait for what the user does. */
function useLiveJobs() {
  const jobs = useDeferredValue(useLiveValue((state) => state.jobs));
  const deleted = useDeferredValue(useLiveValue((state) => state.deleted));
  return useMemo(() => ({ jobs, deleted }), [jobs, deleted]);
}

type Page = Schema["JobList"];

/**
 * The first page, whose counts and places are current: it is read again some time after a change. The list reads it at
 * first, and after a snapshot.
 */
function useOverview(key: unknown[], read: (signal: AbortSignal) => Promise<Page>): Page | undefined {
  const { data, refetch } = useQuery({ queryKey: key, queryFn: ({ signal }) => read(signal), enabled: false });
  const jobs = useLiveValue((state) => state.jobs);
  const seen = useRef(liveStore.get());
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    const before = seen.current;
    seen.current = liveStore.get();
    if (jobs === before.jobs || seen.current.epoch !== before.epoch) return;
    timer.current ??= setTimeout(() => {
      timer.current = null;
      void refetch({ cancelRefetch: false });
    }, OVERVIEW_DELAY);
  }, [jobs, refetch]);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  return data;
}
