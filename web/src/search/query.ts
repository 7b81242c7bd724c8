/** The conditions of a search, as the API takes them and as the address of the page has them. */

export const LISTS = [
  "text",
  "class",
  "property",
  "storey",
  "material",
  "classification",
  "name",
  "type",
  "predefinedType",
  "layer",
] as const;
export type ListName = (typeof LISTS)[number];

/** Different lists must all hold; of one list, any value; of `property`, all. */
export type SearchQuery = Record<ListName, readonly string[]> & { subclasses: boolean };

/** Read the address; parameters that mean nothing here are left alone. */
export function readQuery(parameters: URLSearchParams): SearchQuery {
  const lists = Object.fromEntries(LISTS.map((name) => [name, unique(parameters.getAll(name))]));
  return { ...(lists as Record<ListName, string[]>), subclasses: parameters.get("subclasses") !== "false" };
}

/** The query that every element meets. */
export const NO_CONDITIONS: SearchQuery = readQuery(new URLSearchParams());

/** Write the address. */
export function writeQuery(query: SearchQuery): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const name of LISTS) for (const value of query[name]) parameters.append(name, value);
  if (!query.subclasses) parameters.set("subclasses", "false");
  return parameters;
}

/** Return the query as parameters of the API; empty lists are absent. */
export function apiParameters(query: SearchQuery): Partial<Record<ListName, string[]>> & { subclasses?: boolean } {
  const lists = LISTS.filter((name) => query[name].length > 0).map((name) => [name, [...query[name]]]);
  return { ...Object.fromEntries(lists), ...(!query.subclasses && { subclasses: false }) };
}

/** Return whether there is any condition. */
export function hasConditions(query: SearchQuery): boolean {
  return LISTS.some((name) => query[name].length > 0);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values.map((value) => value.trim()).filter((value) => value !== ""))];
}
