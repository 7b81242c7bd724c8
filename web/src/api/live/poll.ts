import { api, body } from "../client";
import type { LiveStore } from "./LiveStore";

const MOST = 200;

/** Fill a store with the newest jobs and the queues of a namespace by plain requests. */
export async function poll(store: LiveStore, namespace: string, signal: AbortSignal): Promise<void> {
  const params = { path: { namespace } };
  const [jobs, queues] = await Promise.all([
    body(api.GET("/api/v1/namespaces/{namespace}/jobs", { params: { ...params, query: { limit: MOST } }, signal })),
    body(api.GET("/api/v1/namespaces/{namespace}/queues", { params, signal })),
  ]);
  store.reset({ jobs: jobs.items, queues: queues.items });
}
