import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { api, body, type Schema } from "../../api/client";
import type { Federation } from "./Federation";

type Names = Schema["PropertyNames"];

/** A property that can be chosen: its path for the API, and how often it occurs in all models. */
export interface PropertyOption {
  path: string;
  set: string;
  name: string;
  elements: number;
  units: string[];
}

/** Deeper paths are refused by the API, which tries each dot as the end of the set's name. */
const MOST_DOTS = 8;

/** Return the properties of all models, sorted by set and name; null while they load. */
export function useProperties(federation: Federation): PropertyOption[] | null {
  return useQueries({
    queries: federation.models.map(({ sha256 }) => ({
      queryKey: ["model", sha256, "properties"],
      queryFn: () => body(api.GET("/api/v1/models/{sha256}/properties", { params: { path: { sha256 } } })),
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine,
  });
}

function combine(answers: UseQueryResult<Names>[]): PropertyOption[] | null {
  if (answers.some((answer) => answer.isPending)) return null;
  const options = new Map<string, PropertyOption>();
  for (const { set, name, elements, units } of answers.flatMap((answer) => answer.data?.items ?? [])) {
    const path = set === "" ? name : `${set}.${name}`;
    const before = options.get(path);
    if (path.split(".").length > MOST_DOTS || path === "") continue;
    if (before === undefined) options.set(path, { path, set, name, elements, units: [...units] });
    else before.elements += elements;
  }
  return [...options.values()].sort((first, second) => first.path.localeCompare(second.path));
}
