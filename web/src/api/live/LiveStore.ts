import type { Schema } from "../client";

export type Job = Schema["JobSummary"];
export type Queue = Schema["Queue"];

/**
 * `polling`: the server answers, but the stream does not come through; `signedOut` and `forbidden`: the stream waits
 * for the user to sign in, or for an administrator.
 */
export type Connection = "connecting" | "live" | "reconnecting" | "polling" | "signedOut" | "forbidden";

/** Jobs and queues as the event stream shows them. Immutable: a change makes a new state. */
export interface LiveState {
  connection: Connection;
  jobs: ReadonlyMap<string, Job>;
  queues: ReadonlyMap<string, Queue>;
  /** Uids of jobs that were deleted while this page was open. */
  deleted: ReadonlySet<string>;
  /** Grows with every snapshot: changes before it may have been missed. */
  epoch: number;
}

/** One event of `GET /api/v1/events`. */
export interface LiveEvent {
  event: string;
  data: string;
}

/** The first event of a stream. */
export interface Snapshot {
  jobs: Job[];
  queues: Queue[];
}

interface Named {
  namespace: string;
  name: string;
}

const EMPTY: LiveState = {
  connection: "connecting",
  jobs: new Map(),
  queues: new Map(),
  deleted: new Set(),
  epoch: 0,
};

/** Return the key of a job or queue in the maps. */
export function keyOf({ namespace, name }: Named): string {
  return `${namespace}/${name}`;
}

/** Return whether one version of an object is newer than another one. */
export function isNewer(version: { resourceVersion: string }, other: { resourceVersion: string }): boolean {
  return Number(version.resourceVersion) > Number(other.resourceVersion);
}

/** Holds the live state for React's useSyncExternalStore; events of one chunk cause one notification. */
export class LiveStore {
  private state = EMPTY;
  private readonly listeners = new Set<() => void>();

  readonly get = (): LiveState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Take the state of the connection. */
  setConnection(connection: Connection): void {
    if (connection !== this.state.connection) this.replace({ ...this.state, connection });
  }

  /** Take a complete state. */
  reset({ jobs, queues }: Snapshot): void {
    this.replace({
      ...this.state,
      jobs: new Map(jobs.map((job) => [keyOf(job), job])),
      queues: new Map(queues.map((queue) => [keyOf(queue), queue])),
      epoch: this.state.epoch + 1,
    });
  }

  /** Take the events of one chunk of the stream. */
  apply(events: readonly LiveEvent[]): void {
    const last = events.findLastIndex(({ event }) => event === "snapshot");
    const snapshot = events[last];
    if (snapshot !== undefined) this.reset(JSON.parse(snapshot.data) as Snapshot);
    const rest = events.slice(last + 1);
    const jobs = changesOf<Job>(rest, "job", "deleted");
    const queues = changesOf<Queue>(rest, "queue", "queueDeleted");
    if (jobs.length + queues.length === 0) return;
    // A collection without a change stays the same object: users of that part are not drawn again.
    this.replace({
      ...this.state,
      ...(jobs.length > 0 && withJobs(this.state, jobs)),
      ...(queues.length > 0 && { queues: withQueues(this.state.queues, queues) }),
    });
  }

  private replace(state: LiveState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

interface Change<Value> {
  value: Value;
  isDeleted: boolean;
}

function changesOf<Value>(events: readonly LiveEvent[], changed: string, deleted: string): Change<Value>[] {
  const related = events.filter(({ event }) => event === changed || event === deleted);
  return related.map(({ event, data }) => ({ value: JSON.parse(data) as Value, isDeleted: event === deleted }));
}

function withJobs(state: LiveState, changes: readonly Change<Job>[]): Pick<LiveState, "jobs" | "deleted"> {
  const jobs = new Map(state.jobs);
  for (const { value, isDeleted } of changes) {
    const key = keyOf(value);
    if (!isDeleted) jobs.set(key, value);
    // A job of the same name may have come in between.
    else if (jobs.get(key)?.uid === value.uid) jobs.delete(key);
  }
  const uids = changes.filter(({ isDeleted }) => isDeleted).map(({ value }) => value.uid);
  return { jobs, deleted: uids.length === 0 ? state.deleted : new Set([...state.deleted, ...uids]) };
}

function withQueues(before: LiveState["queues"], changes: readonly Change<Queue>[]): LiveState["queues"] {
  const queues = new Map(before);
  for (const { value, isDeleted } of changes) {
    if (isDeleted) queues.delete(keyOf(value));
    else queues.set(keyOf(value), value);
  }
  return queues;
}
