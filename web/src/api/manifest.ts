import { fetchApi, type Schema } from "./client";

export type Finding = Schema["Finding"];

/** An element that is missing from the geometry, or whose shape is in doubt. */
export interface Affected {
  globalId: string;
  class: string;
  reason: string;
}

/** The parts of a job's manifest.json that are about its file and single elements. */
export interface Report {
  skipped: Affected[];
  doubtful: Affected[];
  findings: Finding[];
}

/** Read the report of the run that processed a model. */
export async function readReport(namespace: string, job: string, signal: AbortSignal): Promise<Report> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/jobs/${encodeURIComponent(job)}`;
  const response = await fetchApi(`${path}/artifacts/manifest.json/content`, { signal });
  const { coverage, findings } = (await response.json()) as {
    coverage?: Partial<Report> | null;
    findings?: Finding[];
  };
  return { skipped: coverage?.skipped ?? [], doubtful: coverage?.doubtful ?? [], findings: findings ?? [] };
}
