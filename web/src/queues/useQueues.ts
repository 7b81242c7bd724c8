import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, body, type Schema } from "../api/client";
import { keyOf } from "../api/live/LiveStore";
import { useLiveValue } from "../api/live/useLive";

const AGAIN = 10_000;

/** The queues of a namespace: load from the stream, throughput and waits from the API every ten seconds. */
export function useQueues(namespace: string) {
  const live = useLiveValue(({ queues }) => queues);
  const { data, error, refetch } = useQuery({
    queryKey: ["queues", namespace],
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/namespaces/{namespace}/queues", { params: { path: { namespace } }, signal })),
    refetchInterval: AGAIN,
    staleTime: 0,
  });
  const queues = useMemo(() => data?.items.map((queue) => ({ ...queue, ...live.get(keyOf(queue)) })), [data, live]);
  return { queues, error, retry: () => void refetch() };
}

/** The past hours of a queue. */
export function useTrend(namespace: string, name: string, hours: number) {
  return useQuery({
    queryKey: ["trend", namespace, name, hours],
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/v1/namespaces/{namespace}/queues/{name}/trend", {
          params: { path: { namespace, name }, query: { hours } },
          signal,
        }),
      ),
    refetchInterval: AGAIN,
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
}

export type QueueAction = "hold" | "drain" | "release";

/** Hold, drain or release a queue. */
export async function changeQueue(namespace: string, name: string, action: QueueAction): Promise<void> {
  const params = { path: { namespace, name } };
  await api.POST(`/api/v1/namespaces/{namespace}/queues/{name}/${action}`, { params });
}

/** Set how many jobs of a queue run at once. */
export async function scaleQueue(namespace: string, name: string, slots: number): Promise<void> {
  const params = { path: { namespace, name } };
  await api.POST("/api/v1/namespaces/{namespace}/queues/{name}/scale", { params, body: { slots } });
}

/** Return the share of failed jobs among the finished ones of the last hour; null without any. */
export function failureRate({ finishedLastHour, failedLastHour }: Schema["Queue"]): number | null {
  return finishedLastHour === 0 ? null : failedLastHour / finishedLastHour;
}
