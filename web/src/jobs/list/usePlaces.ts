import { type InfiniteData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import type { Schema } from "../../api/client";
import { useConnection } from "../../api/live/useLive";

type Page = Schema["JobList"];
type Cursor = string | null;
type Places = Record<string, number>;

/** The places of pages after the first become older by this time per page. */
const AGAIN = 4_000;

/**
 * The places of waiting jobs in their queues: of the first page as `newest` has them, and of the others, which are read
 * again in turn, one at a time, however long the list is.
 */
export function usePlaces(
  key: readonly unknown[],
  data: InfiniteData<Page, unknown> | undefined,
  newest: Page | undefined,
  read: (cursor: Cursor, signal: AbortSignal) => Promise<Page>,
): Places {
  const queries = useQueryClient();
  const isLive = useConnection() === "live";
  const turn = useRef(0);
  const queryKey = ["places", ...key];
  const pages = data?.pages ?? [];
  const cursors = pages.flatMap((page, place) => {
    const cursor = place > 0 ? data?.pageParams[place] : undefined;
    return typeof cursor === "string" && Object.keys(page.positions ?? {}).length > 0 ? [cursor] : [];
  });
  const { data: later } = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const { positions } = await read(cursors[turn.current++ % cursors.length] ?? null, signal);
      return { ...queries.getQueryData<Places>(queryKey), ...positions };
    },
    // Without the stream, the list itself is read again.
    enabled: isLive && cursors.length > 0,
    initialData: {},
    initialDataUpdatedAt: Date.now,
    staleTime: AGAIN,
    refetchInterval: AGAIN,
    gcTime: 0,
  });
  return useMemo(() => {
    const loaded = data?.pages.map(({ positions }) => positions) ?? [];
    return Object.assign({}, ...loaded, isLive ? later : null, newest?.positions);
  }, [data, later, newest, isLive]);
}
