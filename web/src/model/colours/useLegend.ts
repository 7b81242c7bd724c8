import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, body } from "../../api/client";
import type { Federation } from "../data/Federation";
import type { ColourBy } from "../state/scene";
import { type Legend, legendOf } from "./legend";
import { type PropertyAnswer, valuesBy } from "./values";

export interface Colouring {
  /** Null without colours, and while the values are unknown. */
  legend: Legend | null;
  isPending: boolean;
  error: unknown;
}

/** Return the legend of the colours by a column or property. */
export function useLegend(federation: Federation, colourBy: ColourBy | null): Colouring {
  const property = typeof colourBy === "object" ? (colourBy?.property ?? null) : null;
  const { answers, error } = useQueries({
    queries: federation.models.map(({ sha256 }) => ({
      queryKey: ["model", sha256, "values", property],
      queryFn: () => valuesOf(sha256, property ?? ""),
      enabled: property !== null,
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine,
  });
  const isPending = property !== null && answers === null && error === null;
  const legend = useMemo(() => {
    if (colourBy === null || isPending || (property !== null && answers === null)) return null;
    return legendOf(valuesBy(federation, colourBy, answers));
  }, [federation, colourBy, property, answers, isPending]);
  return { legend, isPending, error };
}

/** Return the legend of the colours by a column or property; null without colours. */
export async function legendFor(federation: Federation, colourBy: ColourBy | null): Promise<Legend | null> {
  if (colourBy === null) return null;
  const property = typeof colourBy === "object" ? colourBy.property : null;
  const answers = property === null ? [] : federation.models.map(({ sha256 }) => valuesOf(sha256, property));
  return legendOf(valuesBy(federation, colourBy, await Promise.all(answers)));
}

function valuesOf(sha256: string, property: string): Promise<PropertyAnswer> {
  return body(api.GET("/api/v1/models/{sha256}/values", { params: { path: { sha256 }, query: { property } } }));
}

function combine(queries: UseQueryResult<PropertyAnswer>[]) {
  const isComplete = queries.every((query) => query.data !== undefined);
  return {
    answers: isComplete ? queries.flatMap((query) => query.data ?? []) : null,
    error: queries.find((query) => query.isError)?.error ?? null,
  };
}
