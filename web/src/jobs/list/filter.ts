import type { Job } from "../../api/live/LiveStore";
import { PHASES, type Phase } from "../../components/PhaseBadge";

/** The jobs that a list shows. */
export interface JobFilter {
  phases: readonly Phase[];
  queue: string | null;
  owner: string | null;
  /** Each as `name=value`. */
  labels: readonly string[];
  /** Words to find. */
  text: string;
}

export const NO_FILTER: JobFilter = { phases: [], queue: null, owner: null, labels: [], text: "" };

/** Read the filter of an address; what is not a filter is left out. */
export function filterOf(parameters: URLSearchParams): JobFilter {
  return {
    phases: parameters.getAll("phase").filter(isPhase),
    queue: parameters.get("queue"),
    owner: parameters.get("owner"),
    labels: parameters.getAll("label").filter((label) => label.includes("=")),
    text: parameters.get("q") ?? "",
  };
}

/** Write a filter into the parameters of an address. */
export function writeFilter(filter: JobFilter, parameters: URLSearchParams): void {
  for (const name of ["phase", "queue", "owner", "label", "q"]) parameters.delete(name);
  for (const phase of filter.phases) parameters.append("phase", phase);
  if (filter.queue !== null) parameters.set("queue", filter.queue);
  if (filter.owner !== null) parameters.set("owner", filter.owner);
  for (const label of filter.labels) parameters.append("label", label);
  if (filter.text !== "") parameters.set("q", filter.text);
}

/** Return the filter as parameters of the API. */
export function queryOf({ phases, queue, owner, labels, text }: JobFilter) {
  return {
    ...(phases.length > 0 && { phase: [...phases] }),
    ...(queue !== null && { queue }),
    ...(owner !== null && { owner }),
    ...(labels.length > 0 && { label: [...labels] }),
    ...(text.trim() !== "" && { q: text.trim() }),
  };
}

/** Return whether a job passes, by the rules of the API: its list and the changes of the stream have to agree. */
export function matches(job: Job, { phases, queue, owner, labels, text }: JobFilter): boolean {
  if (phases.length > 0 && !phases.includes(job.phase)) return false;
  if (queue !== null && job.queue !== queue) return false;
  if (owner !== null && job.owner !== owner) return false;
  if (!labels.every((label) => hasLabel(job, label))) return false;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const content = [job.name, job.fileName, job.owner, job.reason, job.message, ...Object.values(job.labels ?? {})];
  const searched = content.map((part) => part ?? "").join("\n");
  return words.every((word) => searched.toLowerCase().includes(word));
}

/** Return whether a filter lets every job pass. */
export function isEmpty(filter: JobFilter): boolean {
  return Object.keys(queryOf(filter)).length === 0;
}

/**
 * Take the words `phase:failed`, `queue:night`, `owner:ann` and `label:name=value` out of a text, and add them to a
 * filter; the other words are the text to find. `state:` and `user:` are known from other programs. Owners and labels
 * are text for the history, which has no such filters.
 */
export function withWords(filter: JobFilter, input: string, isHistory = false): JobFilter {
  const result = { ...filter, phases: [...filter.phases], labels: [...filter.labels] };
  const rest = input.replace(/(?<!\S)(phase|state|queue|owner|user|label):("[^"]*"|\S+)/gi, (word, key, quoted) => {
    const value = String(quoted).replace(/^"|"$/g, "");
    if (isHistory && /^(owner|user|label)$/i.test(key)) return word;
    return take(result, String(key).toLowerCase(), value) ? "" : word;
  });
  return { ...result, text: rest.replace(/\s+/g, " ").trim() };
}

type Changing = JobFilter & { phases: Phase[]; labels: string[] };

function take(filter: Changing, key: string, value: string): boolean {
  if (key === "phase" || key === "state") {
    const phase = PHASES.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
    if (phase === undefined) return false;
    if (!filter.phases.includes(phase)) filter.phases.push(phase);
  } else if (key === "label") {
    if (!/^[^=]+=/.test(value)) return false;
    if (!filter.labels.includes(value)) filter.labels.push(value);
  } else if (key === "queue") filter.queue = value;
  else filter.owner = value;
  return true;
}

function hasLabel(job: Job, label: string): boolean {
  const cut = label.indexOf("=");
  return job.labels?.[label.slice(0, cut)] === label.slice(cut + 1);
}

function isPhase(text: string): text is Phase {
  return (PHASES as readonly string[]).includes(text);
}
