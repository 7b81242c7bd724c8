import { isNewer, type Job, keyOf, type LiveState } from "../../api/live/LiveStore";
import { type JobFilter, matches } from "./filter";

interface Loaded {
  /** The jobs of the loaded pages. */
  jobs: readonly Job[];
  /** Whether the server has more. */
  hasMore: boolean;
}

/**
 * Return the rows of a list: the loaded pages with the changes of the stream, which respect filter and order. A job that
 * belongs behind the last loaded one comes with its page.
 */
export function merge(
  { jobs, hasMore }: Loaded,
  live: Pick<LiveState, "jobs" | "deleted">,
  namespace: string,
  filter: JobFilter,
  compare: (a: Job, b: Job) => number,
): Job[] {
  const rows = new Map(jobs.map((job) => [keyOf(job), job]));
  for (const job of live.jobs.values()) {
    if (job.namespace !== namespace) continue;
    const loaded = rows.get(keyOf(job));
    if (loaded === undefined || isNewer(job, loaded)) rows.set(keyOf(job), job);
  }
  const last = hasMore ? jobs[jobs.length - 1] : undefined;
  const isShown = (job: Job) =>
    !live.deleted.has(job.uid) && matches(job, filter) && (last === undefined || compare(job, last) <= 0);
  return [...rows.values()].filter(isShown).sort(compare);
}
