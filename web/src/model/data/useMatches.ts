import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, body } from "../../api/client";
import { type ElementFilter, isFiltering } from "../state/scene";
import type { ElementNumber, Federation } from "./Federation";
import type { ModelData } from "./ModelData";

export interface Matches {
  /** The elements that meet the filter; null without a filter, and while they are unknown. */
  elements: ReadonlySet<ElementNumber> | null;
  isPending: boolean;
  error: unknown;
}

/** Return the elements that meet a filter: classes and storeys from the columns, conditions from the API. */
export function useMatches(federation: Federation, filter: ElementFilter): Matches {
  const { conditions } = filter;
  const answers = useQueries({
    queries: federation.models.map((model) => ({
      queryKey: ["model", model.sha256, "matches", conditions],
      queryFn: () => matching(model.sha256, conditions),
      enabled: conditions.length > 0,
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine,
  });
  const { stepIds, error } = answers;
  const isPending = conditions.length > 0 && stepIds === null && error === null;
  const elements = useMemo(
    () => (isPending || error !== null ? null : combined(federation, filter, stepIds)),
    [federation, filter, stepIds, isPending, error],
  );
  return { elements, isPending, error };
}

/** Find the elements that meet a filter; null without a filter. */
export async function findMatches(
  federation: Federation,
  filter: ElementFilter,
): Promise<ReadonlySet<ElementNumber> | null> {
  const { conditions } = filter;
  const answers = conditions.length === 0 ? [] : federation.models.map(({ sha256 }) => matching(sha256, conditions));
  return combined(federation, filter, await Promise.all(answers));
}

function combined(
  federation: Federation,
  filter: ElementFilter,
  stepIds: readonly number[][] | null,
): ReadonlySet<ElementNumber> | null {
  if (!isFiltering(filter)) return null;
  const all = new Set<ElementNumber>();
  for (const [place, model] of federation.models.entries()) {
    const start = federation.startOf(place);
    for (const row of matchingRows(model, filter, stepIds?.[place] ?? null)) all.add(start + row);
  }
  return all;
}

function combine(answers: UseQueryResult<number[]>[]) {
  const isComplete = answers.every((answer) => answer.data !== undefined);
  return {
    stepIds: isComplete ? answers.map((answer) => answer.data ?? []) : null,
    error: answers.find((answer) => answer.isError)?.error ?? null,
  };
}

async function matching(sha256: string, conditions: readonly string[]): Promise<number[]> {
  const params = { path: { sha256 }, query: { property: [...conditions] } };
  return (await body(api.GET("/api/v1/models/{sha256}/matches", { params }))).stepId;
}

/** Return the rows of a model that meet a filter; `stepIds` are the elements that meet its conditions. */
export function matchingRows(model: ModelData, filter: ElementFilter, stepIds: readonly number[] | null): number[] {
  const classes = new Set(filter.classes);
  const storeys = new Set(filter.storeys.map((globalId) => model.rowsByGlobalId.get(globalId) ?? -1));
  const wanted = filter.conditions.length > 0 ? new Set(stepIds) : null;
  const rows: number[] = [];
  for (let row = 0; row < model.columns.total; row += 1) {
    if (classes.size > 0 && !classes.has(model.className(row))) continue;
    if (storeys.size > 0 && !storeys.has(model.storey(row) ?? row)) continue;
    if (wanted !== null && !wanted.has(model.columns.stepId[row] ?? -1)) continue;
    rows.push(row);
  }
  return rows;
}
