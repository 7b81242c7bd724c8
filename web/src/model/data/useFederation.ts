import { type UseQueryResult, useQueries, useQuery } from "@tanstack/react-query";
import { api, body } from "../../api/client";
import { Federation } from "./Federation";
import { type Model, ModelData } from "./ModelData";

/** Artifacts of a finished job do not change while the page is open. */
const KEPT = { staleTime: Number.POSITIVE_INFINITY, gcTime: 600_000 };

interface Loaded {
  federation: Federation | null;
  error: unknown;
  retry: () => void;
}

/** Load the models of the address with the columns of their elements. */
export function useFederation(checksums: readonly string[]): Loaded {
  return useQueries({
    queries: checksums.map((sha256) => ({ queryKey: ["model", sha256], queryFn: () => load(sha256), ...KEPT })),
    combine,
  });
}

function combine(answers: UseQueryResult<ModelData>[]): Loaded {
  const models = answers.map((answer) => answer.data).filter((data): data is ModelData => data !== undefined);
  const failed = answers.find((answer) => answer.isError);
  return {
    federation: models.length === answers.length ? new Federation(models) : null,
    error: failed?.error ?? null,
    retry: () => void failed?.refetch(),
  };
}

async function load(sha256: string): Promise<ModelData> {
  const answer = await body(api.GET("/api/v1/models/{sha256}", { params: { path: { sha256 } } }));
  // openapi-fetch makes lists of tuples.
  const model = answer as Model;
  const version = new URLSearchParams(model.links.columns.split("?")[1]).get("version");
  const params = { path: { sha256 }, query: version === null ? {} : { version } };
  return new ModelData(model, await body(api.GET("/api/v1/models/{sha256}/columns", { params })));
}

/** One element with its properties. */
export function useElement(sha256: string, globalId: string, stepId: number) {
  return useQuery({
    queryKey: ["model", sha256, "element", stepId],
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/v1/models/{sha256}/elements/{globalId}", {
          params: { path: { sha256, globalId }, query: { stepId } },
          signal,
        }),
      ),
    ...KEPT,
    gcTime: 60_000,
  });
}

/** The path of model.glb; null when the job did not make it. */
export function glbPath(model: Model): string | null {
  const glb = model.artifacts.find((artifact) => artifact.name === "model.glb");
  if (glb === undefined) return null;
  const job = `${encodeURIComponent(model.namespace)}/jobs/${encodeURIComponent(model.job)}`;
  return `/api/v1/namespaces/${job}/artifacts/model.glb/${glb.sha256}`;
}
