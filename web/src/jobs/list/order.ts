import type { Job } from "../../api/live/LiveStore";
import type { Sort } from "../../components/DataTable";

const VALUES = {
  createdAt: (job: Job) => time(job.createdAt),
  startedAt: (job: Job) => time(job.startedAt),
  finishedAt: (job: Job) => time(job.finishedAt),
  name: (job: Job) => job.name,
  phase: (job: Job) => job.phase,
  priority: (job: Job) => job.priority ?? 0,
  queue: (job: Job) => job.queue,
} as const;

type SortField = keyof typeof VALUES;

export const NEWEST_FIRST: Sort & { column: SortField } = { column: "createdAt", descending: true };

/** Read the order of an address: `sort=-createdAt` is descending. */
export function orderOf(parameters: URLSearchParams): Sort & { column: SortField } {
  const text = parameters.get("sort") ?? "";
  const column = text.replace(/^-/, "");
  return Object.hasOwn(VALUES, column)
    ? { column: column as SortField, descending: text.startsWith("-") }
    : NEWEST_FIRST;
}

/** Write an order into the parameters of an address. */
export function writeOrder({ column, descending }: Sort, parameters: URLSearchParams): void {
  if (column === NEWEST_FIRST.column && descending) parameters.delete("sort");
  else parameters.set("sort", `${descending ? "-" : ""}${column}`);
}

/** Return a comparison in the order of the API: by value, then by name. */
export function comparing({ column, descending }: Sort & { column: SortField }): (a: Job, b: Job) => number {
  const value = VALUES[column];
  const sign = descending ? -1 : 1;
  return (a, b) => sign * (compare(value(a), value(b)) || compare(a.name, b.name));
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function time(iso: string | null | undefined): number {
  return iso == null ? 0 : Date.parse(iso);
}
