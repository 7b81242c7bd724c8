import { api } from "../../api/client";
import type { Job } from "../../api/live/LiveStore";
import { isFinished, type Phase } from "../../components/PhaseBadge";

export const ACTIONS = ["cancel", "suspend", "resume", "retry", "delete"] as const;
export type Action = (typeof ACTIONS)[number];

/** The right that an action needs. */
export const VERBS = { cancel: "patch", suspend: "patch", resume: "patch", retry: "create", delete: "delete" } as const;

export type Target = Pick<Job, "namespace" | "name" | "uid" | "phase">;

/** Return whether an action makes sense for a job in a phase. */
export function applies(action: Action, phase: Phase): boolean {
  if (action === "delete") return true;
  if (action === "retry") return isFinished(phase);
  if (action === "resume") return phase === "Suspended";
  if (action === "suspend") return phase !== "Suspended" && !isFinished(phase);
  return !isFinished(phase);
}

/** Perform an action; `attempt` names the click, so that a repeated request does not create a second job. */
export async function perform(action: Action, job: Target, attempt: string, memory?: string): Promise<string> {
  const params = { path: { namespace: job.namespace, name: job.name } };
  if (action === "delete") {
    await api.DELETE("/api/v1/namespaces/{namespace}/jobs/{name}", { params });
    return job.name;
  }
  if (action === "retry") {
    const header = { "Idempotency-Key": `retry-${job.uid}-${attempt}` };
    const answer = await api.POST("/api/v1/namespaces/{namespace}/jobs/{name}/retry", {
      params: { ...params, header },
      body: memory === undefined ? {} : { memory },
    });
    return answer.data?.metadata.name ?? job.name;
  }
  await api.POST(`/api/v1/namespaces/{namespace}/jobs/{name}/${action}`, { params });
  return job.name;
}

export interface Failed {
  job: Target;
  error: unknown;
}

const AT_ONCE = 6;

/** Perform an action on many jobs, some at once, and return those that failed. */
export async function performAll(
  action: Action,
  jobs: readonly Target[],
  attempt: string,
  onProgress: (done: number) => void,
): Promise<Failed[]> {
  const failed: Failed[] = [];
  const waiting = [...jobs];
  let done = 0;
  async function work(): Promise<void> {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      try {
        await perform(action, job, attempt);
      } catch (error) {
        failed.push({ job, error });
      }
      done += 1;
      onProgress(done);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failed;
}

/** Return a name for one click; pages without TLS have no randomUUID. */
export function newAttempt(): string {
  return crypto.getRandomValues(new Uint32Array(2)).join("-");
}
