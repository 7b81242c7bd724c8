import { keepPreviousData, type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";

interface Page {
  items: unknown[];
  nextCursor?: string | null;
}

interface Options<Answer> {
  queryKey: QueryKey;
  read(cursor: string | null, signal: AbortSignal): Promise<Answer>;
  staleTime?: number;
  /** After how many milliseconds the loaded pages are read again; called with whether there are any. */
  pollEvery?(isLoaded: boolean): number | false;
}

/** A list of the API, page by page. A next page that fails is not requested again before `retry`. */
export function usePages<Answer extends Page>({ queryKey, read, staleTime, pollEvery }: Options<Answer>) {
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? null,
    placeholderData: keepPreviousData,
    ...(staleTime !== undefined && { staleTime }),
    // A poll would hide the error of a next page, which would be requested again.
    refetchInterval: ({ state: { data, status, fetchMeta } }) =>
      status === "error" && fetchMeta?.fetchMore ? false : (pollEvery?.(data !== undefined) ?? false),
  });
  const { data, hasNextPage, isFetching, isFetchNextPageError: isCut, fetchNextPage, refetch } = pages;
  const items = useMemo(() => data?.pages.flatMap(({ items }): Answer["items"][number][] => items) ?? [], [data]);
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetching && !isCut) void fetchNextPage();
  }, [hasNextPage, isFetching, isCut, fetchNextPage]);
  return { pages, items, isCut, loadMore, retry: () => void (isCut ? fetchNextPage() : refetch()) };
}
