import { expect, test } from "vitest";
import type { Box, Transform, Vec3 } from "../../viewer/types";
import { optionsOf } from "../panels/filterOptions";
import type { Page, Scene } from "../state/page";
import { federationOf, house } from "../testing/models";
import { storeyPlans } from "./storeyPlans";

const SHAS = ["a".repeat(64), "b".repeat(64)] as const;
/** Two houses with storeys at 1 m (row 1) and 2 m (row 2) of their files. */
const FEDERATION = federationOf(
  house({}, SHAS[0]),
  house({ globalId: [0, 1, 2, 3, 4, 5].map((row) => `other-${row}`) }, SHAS[1]),
);

/** What is in each storey begins 10 cm below its floor; boxes are in the axes of the scene. */
function pageOf(transform: Transform, floors: Record<string, number>): Page {
  const boxOf = ([storey = ""]: string[]): Box | null => {
    const floor = floors[storey];
    return floor === undefined ? null : { min: [0, 0, floor - 0.1], max: [9, 9, floor + 2.5] };
  };
  const models = SHAS.map((sha, place) => {
    const loaded = { indexesOf: (globalId: string) => (globalId in floors ? [globalId] : []), boxOf };
    return [sha, { loaded, rows: new Int32Array(6), transform: place === 0 ? null : transform }] as const;
  });
  const scene = { models: new Map<string, unknown>(models) } as unknown as Scene;
  return { federation: FEDERATION, scene, setScene: () => undefined };
}

function moved(up: number, factor = 1): Transform {
  const axis = (place: number) => [0, 1, 2].map((other) => (other === place ? factor : 0)) as Vec3;
  return { axes: [axis(0), axis(1), axis(2)], origin: [500, 600, up] };
}

test("plans of storeys of a model that is placed by its map are cut where it is shown", () => {
  const higher = pageOf(moved(10), { "id-1": 1, "id-2": 2, "other-1": 11, "other-2": 12 });
  expect(storeyPlans(higher).map(({ elevation }) => elevation)).toEqual([12, 11, 2, 1]);
  // 2 · 1 m - 4 m and 2 · 2 m - 4 m.
  const doubled = pageOf(moved(-4, 2), { "id-1": 1, "id-2": 2, "other-1": -2, "other-2": 0 });
  expect(storeyPlans(doubled).map(({ elevation }) => elevation)).toEqual([2, 1, 0, -2]);
});

test("the filter lists storeys by where they are shown, the highest first", () => {
  const order = (scene: Scene | null) => optionsOf(FEDERATION, scene).storeys.map(({ value }) => value);
  expect(order(pageOf(moved(-10), {}).scene)).toEqual(["id-2", "id-1", "other-2", "other-1"]);
  expect(order(pageOf(moved(0.5), {}).scene)).toEqual(["other-2", "id-2", "other-1", "id-1"]);
  // Before the scene is loaded, as in the files.
  expect(order(null)).toEqual(["id-2", "other-2", "id-1", "other-1"]);
});
