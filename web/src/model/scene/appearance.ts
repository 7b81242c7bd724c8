import type { Appearance } from "../../viewer/types";
import type { ElementNumber } from "../data/Federation";
import type { SceneModel } from "../state/page";
import type { Visibility } from "../state/visibility";

export type Colour = [number, number, number];

export interface Look {
  visibility(element: ElementNumber): Visibility;
  colours: ReadonlyMap<ElementNumber, Colour>;
  highlighted: ReadonlySet<ElementNumber>;
}

/** Return how the elements of a model in the scene look; `start` is the number of the model's first element. */
export function appearanceOf({ rows }: SceneModel, start: ElementNumber, look: Look): Appearance {
  const hidden = new Set<number>();
  const ghosted = new Set<number>();
  const selected = new Set<number>();
  const colours = new Map<number, Colour>();
  for (const [index, row] of rows.entries()) {
    if (row < 0) continue;
    const element = start + row;
    const visibility = look.visibility(element);
    if (visibility === "hidden") hidden.add(index);
    else if (visibility === "ghosted") ghosted.add(index);
    const colour = look.colours.get(element);
    if (colour !== undefined) colours.set(index, colour);
    if (look.highlighted.has(element)) selected.add(index);
  }
  return { hidden, ghosted, colours, selected };
}
