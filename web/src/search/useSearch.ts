import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, body, type Schema } from "../api/client";
import { usePages } from "../api/usePages";
import { apiParameters, type ListName, type SearchQuery } from "./query";

export type FoundElement = Schema["FoundElement"];
export type Facet = Schema["Facet"];
export type SkippedModel = Schema["SkippedModel"];

export const FACETS = ["class", "storeyName", "materials", "classifications", "predefinedType"] as const;
export type FacetName = (typeof FACETS)[number];

/** The condition that takes the values of a facet. */
export const CONDITIONS: Record<FacetName, ListName> = {
  class: "class",
  storeyName: "storey",
  materials: "material",
  classifications: "classification",
  predefinedType: "predefinedType",
};

/** Fields that the table and the exports show. */
export const FIELDS = "name,class,predefinedType,objectType,tag,storeyName,materials,classifications";
const PAGE = 200;

/** The elements that meet a query, page by page. */
export function useElements(query: SearchQuery) {
  const parameters = apiParameters(query);
  const { items, ...list } = usePages({
    queryKey: ["search", parameters],
    read: (cursor, signal) => {
      const params = { query: { ...parameters, ...(cursor !== null && { cursor }), fields: FIELDS, limit: PAGE } };
      return body(api.GET("/api/v1/search", { params, signal }));
    },
  });
  const { data } = list.pages;
  const skipped = useMemo(() => data?.pages.flatMap(({ skipped }) => skipped) ?? [], [data]);
  return { ...list, elements: items as FoundElement[], skipped };
}

/** The number of elements that meet a query, and the values that they have. */
export function useFacets(query: SearchQuery) {
  const parameters = apiParameters(query);
  return useQuery({
    queryKey: ["search", "facets", parameters],
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/v1/search/facets", { params: { query: { ...parameters, by: [...FACETS], limit: 30 } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}
