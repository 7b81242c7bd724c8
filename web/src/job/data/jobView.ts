import type { Schema } from "../../api/client";
import type { Phase } from "../../components/PhaseBadge";

/** A job as its page shows it: one that exists on the cluster, or one of the history. */
export interface JobView {
  namespace: string;
  name: string;
  uid: string;
  phase: Phase;
  fileName: string | null;
  sourceUri: string | null;
  inputBytes: number | null;
  sha256: string | null;
  owner: string | null;
  queue: string;
  priority: number;
  labels: Record<string, string>;
  createdAt: string | null;
  admittedAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  nextAttemptAt: string | null;
  /** Memory of the next attempt, such as `4Gi`. */
  nextMemory: string | null;
  deletedAt: string | null;
  progress: Schema["JobProgress"] | null;
  attempts: readonly Schema["PastAttempt"][];
  failure: Schema["Failure"] | null;
  /** Reason and message of the condition that explains the phase. */
  reason: string | null;
  message: string | null;
  conditions: readonly Schema["Condition"][];
  summary: Schema["Summary"] | null;
  hasResult: boolean;
  cacheHit: boolean;
  isDegraded: boolean;
  /** Only the history knows it: it cannot be changed, and has no log of a pod. */
  isPast: boolean;
  /** The cluster has another job of this name: artifacts by this name are that job's. */
  isReplaced: boolean;
}

const FILE_NAME = "ifcjob.io/file-name";
const OWNER = "ifcjob.io/submitted-by";
const BY_RELEVANCE = ["Failed", "Complete", "Running", "Admitted", "Accepted"];

/** Return the view of a job of the cluster. */
export function viewOfJob({ metadata, spec, status }: Schema["IfcJob"]): JobView {
  const conditions = status?.conditions ?? [];
  const relevant = BY_RELEVANCE.flatMap((type) => conditions.find((condition) => condition.type === type) ?? [])[0];
  const uri = status?.input?.uri ?? sourceUri(spec.source);
  return {
    namespace: metadata.namespace ?? "default",
    name: metadata.name,
    uid: metadata.uid ?? "",
    phase: status?.phase ?? "Queued",
    fileName: metadata.annotations?.[FILE_NAME] ?? lastPart(uri),
    sourceUri: uri,
    inputBytes: status?.input?.bytes ?? null,
    sha256: status?.input?.sha256 ?? null,
    owner: metadata.annotations?.[OWNER] ?? null,
    queue: spec.queue,
    priority: spec.priority,
    labels: metadata.labels ?? {},
    createdAt: metadata.creationTimestamp ?? null,
    admittedAt: status?.admittedAt ?? null,
    startedAt: status?.startedAt ?? null,
    finishedAt: status?.finishedAt ?? null,
    nextAttemptAt: status?.nextAttemptAt ?? null,
    nextMemory: status?.nextMemory ?? null,
    deletedAt: null,
    progress: status?.progress ?? null,
    attempts: status?.attempts ?? [],
    failure: status?.failure ?? null,
    reason: relevant?.reason ?? null,
    message: relevant?.message ?? null,
    conditions,
    summary: status?.result?.summary ?? null,
    hasResult: status?.result != null,
    cacheHit: status?.cacheHit ?? false,
    isDegraded: conditions.some(({ type, status }) => type === "Degraded" && status === "True"),
    isPast: false,
    isReplaced: false,
  };
}

/** Return the view of a job of the history. */
export function viewOfPast(job: Schema["PastJobDetails"]): JobView {
  return {
    namespace: job.namespace,
    name: job.name,
    uid: job.uid,
    phase: job.phase,
    fileName: job.fileName ?? null,
    sourceUri: job.sourceUri ?? null,
    inputBytes: job.sourceBytes ?? null,
    sha256: job.inputSha256 ?? null,
    owner: job.owner ?? null,
    queue: job.queue,
    priority: job.priority,
    labels: job.labels ?? {},
    createdAt: job.createdAt ?? null,
    admittedAt: job.attempts?.[0]?.admittedAt ?? null,
    startedAt: job.startedAt ?? null,
    finishedAt: job.finishedAt ?? null,
    nextAttemptAt: null,
    nextMemory: null,
    deletedAt: job.deletedAt ?? null,
    progress: null,
    attempts: job.attempts ?? [],
    failure: job.failure ?? null,
    reason: job.reason ?? null,
    message: job.message ?? null,
    conditions: [],
    summary: job.summary ?? null,
    hasResult: job.resultManifest != null,
    cacheHit: job.cacheHit,
    isDegraded: (job.summary?.coverage?.skipped ?? 0) > 0,
    isPast: true,
    isReplaced: false,
  };
}

/** The URI of an object: `s3+store://…` in one of the operator's further stores. */
export function s3Uri({ store, bucket, key }: Schema["S3Source"]): string {
  return `s3${store == null ? "" : `+${store}`}://${bucket}/${key}`;
}

function sourceUri({ s3, http, pvc }: Schema["JobSource"]): string | null {
  if (s3 != null) return s3Uri(s3);
  return http?.url ?? (pvc == null ? null : `pvc://${pvc.claimName}/${pvc.path}`);
}

function lastPart(uri: string | null): string | null {
  return uri?.split("?")[0]?.split("/").filter(Boolean).at(-1) ?? null;
}
