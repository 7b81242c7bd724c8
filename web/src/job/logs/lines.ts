import { visible } from "../../lib/visible";

export type Level = "debug" | "info" | "warning" | "error";

/** One line of a log. The runner writes JSON objects; engines write plain text. */
export interface LogLine {
  number: number;
  level: Level | null;
  time: string | null;
  text: string;
  fields: Readonly<Record<string, unknown>> | null;
}

const LONGEST = 4_000;
const OMITTED = new Set(["ifcjob", "uid", "attempt", "level", "timestamp", "event"]);
const LEVELS: Readonly<Record<string, Level>> = {
  debug: "debug",
  info: "info",
  warning: "warning",
  warn: "warning",
  error: "error",
  critical: "error",
  exception: "error",
};

/** Read one line. */
export function parseLine(raw: string, number: number): LogLine {
  const fields = raw.startsWith("{") ? parseFields(raw) : null;
  if (fields === null) return { number, level: levelOfText(raw), time: null, text: shortened(raw), fields: null };
  const { level, timestamp, event } = fields;
  const isEvent = typeof event === "string";
  return {
    number,
    level: typeof level === "string" ? (LEVELS[level] ?? null) : null,
    time: typeof timestamp === "string" ? timestamp : null,
    text: shortened(isEvent ? [event, ...details(fields)].join("  ") : raw),
    fields,
  };
}

/** Keeps the last lines of a log that comes in pieces. */
export class LineBuffer {
  private rest = "";
  private count = 0;
  private kept: LogLine[] = [];

  constructor(private readonly limit: number) {}

  /** Take a piece of the log. */
  push(piece: string): void {
    const parts = (this.rest + piece).split("\n");
    this.rest = parts.pop() ?? "";
    for (const part of parts) this.add(part);
    // A line without an end is cut, or a hostile one would fill the memory.
    if (this.rest.length > 4 * LONGEST) this.finish();
    this.trim();
  }

  /** Take what is left as the last line. */
  finish(): void {
    if (this.rest !== "") this.add(this.rest);
    this.rest = "";
    this.trim();
  }

  /** The last lines, oldest first. */
  get lines(): readonly LogLine[] {
    return [...this.kept];
  }

  /** Lines that were dropped from the beginning. */
  get dropped(): number {
    return this.count - this.kept.length;
  }

  private trim(): void {
    if (this.kept.length > this.limit) this.kept = this.kept.slice(-this.limit);
  }

  private add(raw: string): void {
    this.count += 1;
    this.kept.push(parseLine(raw.replace(/\r$/, ""), this.count));
  }
}

function details(fields: Readonly<Record<string, unknown>>): string[] {
  const shown = Object.entries(fields).filter(([name]) => !OMITTED.has(name));
  return shown.map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
}

function parseFields(raw: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function levelOfText(text: string): Level | null {
  if (/\b(error|fatal|traceback|exception)\b/i.test(text)) return "error";
  return /\bwarn(ing)?\b/i.test(text) ? "warning" : null;
}

function shortened(text: string): string {
  return visible(text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text);
}
