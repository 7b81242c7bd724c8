import type { ElementNumber } from "../data/Federation";
import { isFiltering, type SceneState } from "./scene";

export type Visibility = "shown" | "ghosted" | "hidden";

/**
 * Return a function that says how an element appears; `matches` are the elements that meet the filter, null while
 * they are unknown.
 */
export function visibilityOf(
  state: Pick<SceneState, "hidden" | "isolated" | "xray" | "filter">,
  matches: ReadonlySet<ElementNumber> | null,
  highlighted: ReadonlySet<ElementNumber>,
): (element: ElementNumber) => Visibility {
  const { hidden, isolated, xray, filter } = state;
  const filtering = isFiltering(filter) && matches !== null;
  const restricted = isolated !== null || filtering;
  return (element) => {
    if (hidden.has(element)) return "hidden";
    const excluded = (isolated !== null && !isolated.has(element)) || (filtering && !matches.has(element));
    if (excluded) return xray ? "ghosted" : "hidden";
    if (xray && !restricted && highlighted.size > 0 && !highlighted.has(element)) return "ghosted";
    return "shown";
  };
}
