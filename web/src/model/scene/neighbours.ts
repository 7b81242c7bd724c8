import type { Box, Target } from "../../viewer/types";
import type { Scene, SceneModel } from "../state/page";

/** Two models are neighbours if less than this many times the size of the larger one is between them. */
const FARTHEST = 5;

/** Return the models of a scene by neighbourhoods: the one with the most models first, else in the order of the models. */
export function neighbourhoods(models: ReadonlyMap<string, SceneModel>): string[][] {
  const boxes = new Map<string, Box>();
  for (const [id, { loaded }] of models) {
    const box = loaded.boxOf(loaded.globalIds.keys());
    if (box !== null) boxes.set(id, box);
  }
  let groups: string[][] = [];
  for (const [id, box] of boxes) {
    const isNear = (group: string[]) => group.some((other) => areNear(box, boxes.get(other) ?? box));
    const near = groups.filter(isNear).flat();
    const others = groups.filter((group) => !isNear(group));
    groups = [...others, [...near, id]];
  }
  const first = (group: string[]) => [...boxes.keys()].findIndex((id) => group.includes(id));
  return groups.sort((a, b) => b.length - a.length || first(a) - first(b));
}

/** Look at the largest neighbourhood: other models may be kilometres away. */
export function lookAtLargest({ viewer, models }: Scene): void {
  const [largest, ...others] = neighbourhoods(models);
  viewer.fit(largest === undefined || others.length === 0 ? undefined : targetsIn(models, largest));
}

/** Return all elements of models. */
export function targetsIn(models: ReadonlyMap<string, SceneModel>, ids: readonly string[]): Target[] {
  return ids.map((id) => ({ id, elements: models.get(id)?.loaded.globalIds.keys() ?? [] }));
}

function areNear(a: Box, b: Box): boolean {
  const between = [0, 1, 2].map((axis) =>
    Math.max((a.min[axis] ?? 0) - (b.max[axis] ?? 0), (b.min[axis] ?? 0) - (a.max[axis] ?? 0), 0),
  );
  return Math.hypot(...between) <= FARTHEST * Math.max(sizeOf(a), sizeOf(b));
}

function sizeOf({ min, max }: Box): number {
  return Math.hypot(...max.map((value, axis) => value - (min[axis] ?? 0)));
}
