import type { JobView } from "../data/jobView";
import type { LogLine } from "../logs/lines";

/** A part of a job's life. Stages overlap: the runner does several at once. */
export interface Span {
  name: string;
  /** `phase`: waiting and starting; `attempt`: a failed run; `stage`: a stage of the last run; `running`: all of it. */
  kind: "phase" | "attempt" | "stage" | "running";
  start: number;
  /** null: it still lasts. */
  end: number | null;
}

/** Return the parts of a job's life in their order: waiting, earlier attempts, and the stages of the last one. */
export function spansOf(job: JobView, lines: readonly LogLine[]): Span[] {
  const attempt = job.attempts.at(-1);
  const spans: Span[] = [];
  const add = (name: string, kind: Span["kind"], start: string | null, end: string | null) => {
    if (start !== null)
      spans.push({ name, kind, start: Date.parse(start), end: end === null ? null : Date.parse(end) });
  };
  const admitted = attempt?.admittedAt ?? null;
  const first = job.admittedAt ?? job.attempts[0]?.admittedAt ?? null;
  add("Queued", "phase", job.createdAt, first ?? job.startedAt ?? job.finishedAt);
  for (const earlier of job.attempts.slice(0, -1)) {
    add(String(earlier.number), "attempt", earlier.startedAt ?? earlier.admittedAt, earlier.finishedAt ?? null);
  }
  const started = attempt?.startedAt ?? null;
  const ended = attempt?.finishedAt ?? job.finishedAt;
  if (admitted !== null) add("Starting", "phase", admitted, started ?? ended);
  if (started === null) return spans;
  const stages = stagesOf(lines);
  if (stages.length === 0) add("Running", "running", started, ended);
  const running = job.phase === "Running" ? job.progress?.stage : undefined;
  spans.push(...stages);
  if (running !== undefined && stages.length > 0 && !stages.some(({ name }) => name === running)) {
    spans.push({ name: running, kind: "stage", start: stages.at(-1)?.end ?? Date.parse(started), end: null });
  }
  return spans;
}

/** Return the stages that the log reports: a line at the end of each, with its duration. */
function stagesOf(lines: readonly LogLine[]): Span[] {
  return lines.flatMap(({ fields }) => {
    const { stage, duration_seconds: seconds, timestamp } = fields ?? {};
    if (typeof stage !== "string" || typeof seconds !== "number" || typeof timestamp !== "string") return [];
    const end = Date.parse(timestamp);
    return [{ name: stage, kind: "stage" as const, start: end - seconds * 1000, end }];
  });
}

/** A span with its duration and its place on the time line, as shares of the whole from 0 to 1. */
export interface PlacedSpan extends Span {
  offset: number;
  length: number;
  seconds: number;
}

/** Place spans on one axis. */
export function placed(spans: readonly Span[], now: number): PlacedSpan[] {
  const begin = Math.min(...spans.map(({ start }) => start));
  const end = Math.max(...spans.map((span) => span.end ?? now), begin + 1);
  const whole = end - begin;
  return spans.map((span) => {
    const offset = (span.start - begin) / whole;
    const duration = (span.end ?? now) - span.start;
    const length = Math.max(0, Math.min(duration / whole, 1 - offset));
    return { ...span, offset, length, seconds: duration / 1000 };
  });
}
