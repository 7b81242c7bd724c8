import { useQuery } from "@tanstack/react-query";
import { api, body } from "../../api/client";
import { readReport } from "../../api/manifest";
import type { JobView } from "../data/jobView";

/** The artifacts of a job that has some. */
export function useArtifacts({ namespace, name, uid, hasResult }: JobView) {
  return useQuery({
    queryKey: ["artifacts", namespace, name, uid],
    enabled: hasResult,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/v1/namespaces/{namespace}/jobs/{name}/artifacts", {
          params: { path: { namespace, name } },
          signal,
        }),
      ),
  });
}

/** The findings of a job that has a result, and its elements without or with doubtful geometry. */
export function useReport({ namespace, name, uid, hasResult }: JobView) {
  return useQuery({
    queryKey: ["report", namespace, name, uid],
    enabled: hasResult,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => readReport(namespace, name, signal),
  });
}
