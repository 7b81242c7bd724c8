import { expect, test } from "vitest";
import type { Box } from "../../viewer/types";
import type { SceneModel } from "../state/page";
import { neighbourhoods } from "./neighbours";

/** Models of 10 m, at places along an axis; null is one without geometry. */
function scene(places: Record<string, number | null>): ReadonlyMap<string, SceneModel> {
  return new Map(
    Object.entries(places).map(([id, at]) => {
      const box: Box | null = at === null ? null : { min: [at, 0, 0], max: [at + 10, 0, 0] };
      return [id, { loaded: { globalIds: ["a"], boxOf: () => box } } as unknown as SceneModel];
    }),
  );
}

test("models that are kilometres apart are no neighbours", () => {
  expect(neighbourhoods(scene({ near: 0, beside: 12, far: 5000 }))).toEqual([["near", "beside"], ["far"]]);
});

test("the largest neighbourhood is first, else that of the first model", () => {
  expect(neighbourhoods(scene({ far: 5000, near: 0, beside: 12 }))).toEqual([["near", "beside"], ["far"]]);
  expect(neighbourhoods(scene({ a: 5000, b: 0 }))).toEqual([["a"], ["b"]]);
});

test("a model between two others joins them, and one without geometry is left out", () => {
  expect(neighbourhoods(scene({ a: 0, b: 100, middle: 50, empty: null }))).toEqual([["a", "b", "middle"]]);
});
