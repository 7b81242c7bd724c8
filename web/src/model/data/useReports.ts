import { useQueries } from "@tanstack/react-query";
import { readReport } from "../../api/manifest";
import type { Federation } from "./Federation";

/** Return the reports of the runs that processed the models. */
export function useReports(federation: Federation) {
  return useQueries({
    queries: federation.models.map(({ model }) => ({
      queryKey: ["model", model.sha256, "manifest", model.namespace, model.job],
      queryFn: ({ signal }: { signal: AbortSignal }) => readReport(model.namespace, model.job, signal),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
}
