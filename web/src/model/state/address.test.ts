import { expect, test } from "vitest";
import type { CameraState } from "../../viewer/types";
import { matchingRows } from "../data/useMatches";
import { federationOf, HOUSE, house, modelOf } from "../testing/models";
import { readAddress, withModels, writeAddress } from "./address";
import { pack, unpack } from "./packed";
import { NO_FILTER, reduce, type SceneState, START } from "./scene";
import { visibilityOf } from "./visibility";

const TWO = federationOf(house(), house({}, "b".repeat(64)));
const CAMERA: CameraState = { position: [1.5, -2, 3], target: [0, 0, 1], projection: "orthographic", height: 12.25 };

test("a state comes back from the address as it was", () => {
  const state: SceneState = {
    selected: new Set([3, 4]),
    alone: new Set(),
    focus: 4,
    hidden: new Set([5, 9]),
    isolated: new Set([3, 4, 5, 9]),
    xray: true,
    filter: { classes: ["IfcWall", "IfcDoor"], storeys: ["id-1"], conditions: ["Pset_X.Länge >= 900 mm", "A=b&c"] },
    colourBy: { property: "Pset_DoorCommon.FireRating" },
    section: { kind: "plane", point: [0, 0, 1.2], normal: [0, 0, -1] },
    projection: "orthographic",
  };
  const { query, isComplete } = writeAddress(TWO, state, CAMERA, "?with=b");
  expect(isComplete).toBe(true);
  expect(new URLSearchParams(query).get("with")).toBe("b");
  expect(readAddress(TWO, query)).toEqual({ state: { ...state, focus: 4 }, camera: CAMERA });
});

test("the state at the beginning needs no address", () => {
  expect(writeAddress(TWO, START, null, "").query).toBe("");
  expect(readAddress(TWO, "")).toEqual({ state: START, camera: null });
});

test("an address written by hand selects elements by their GlobalIds", () => {
  const { state } = readAddress(TWO, "?element=id-5&element=nothing");
  expect([...state.selected]).toEqual([5]);
  expect(state.focus).toBe(5);
});

test.each([
  "?camera=1,2&section=plane,1,2,3,0,0,0&colour=evil&selected=!!&hidden=A.B.C",
  "?camera=1,2,3,4,5,x&section=ball,1,2,3,4,5,6&colour=.&only=",
  "?camera=,,,,,&section=box,1,2,3,4,5&hidden=%E2%82%AC",
])("an address that is not valid has no effect: %s", (search) => {
  const { state, camera } = readAddress(TWO, search);
  expect({ ...state, isolated: null, hidden: new Set() }).toEqual(START);
  expect(camera).toBeNull();
});

test("sets of elements are short, and empty parts stay in their places", () => {
  expect(unpack(TWO, pack(TWO, new Set([6, 11])))).toEqual(new Set([6, 11]));
  expect(pack(TWO, new Set([0, 1, 2, 3, 4, 5]))).toHaveLength(9);
  const many = federationOf(house({ stepId: [1, 127, 128, 16_511, 2_000_000_000, 2_000_000_001] }));
  expect(unpack(many, pack(many, new Set([0, 1, 2, 3, 4, 5])))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
});

test("what is hidden and isolated stays with its model when another one is removed or added", () => {
  const [a, b, c] = ["a", "b", "c"].map((letter) => letter.repeat(64)) as [string, string, string];
  const three = federationOf(house({}, a), house({}, b), house({}, c));
  const state: SceneState = { ...START, hidden: new Set([3, 16]), isolated: new Set([9, 16, 17]) };
  const { query } = writeAddress(three, state, CAMERA, `?with=${b},${c}`);

  const removed = withModels(query, [a, b, c], [a, c]);
  expect(new URLSearchParams(removed).get("with")).toBe(c);
  const left = readAddress(federationOf(house({}, a), house({}, c)), removed);
  expect(left).toEqual({ state: { ...START, hidden: new Set([3, 10]), isolated: new Set([10, 11]) }, camera: null });

  const swapped = readAddress(
    federationOf(house({}, a), house({}, c), house({}, b)),
    withModels(query, [a, b, c], [a, c, b]),
  );
  expect(swapped.state).toMatchObject({ hidden: new Set([3, 10]), isolated: new Set([10, 11, 15]) });
  expect(readAddress(federationOf(house({}, a)), withModels(query, [a, b, c], [a])).state).toEqual({
    ...START,
    hidden: new Set([3]),
  });
});

test("a terrain picked in 3D stands for itself, and chosen in the tree for its site", () => {
  const rows = HOUSE.map((row, place) => (place === 0 ? { ...row, triangles: 2 } : row));
  const federation = federationOf(modelOf(rows));
  const highlighted = ({ selected, alone }: SceneState) => [...federation.withParts(selected, alone)].sort();
  const picked = reduce(START, { do: "select", elements: [0], alone: true });
  expect(highlighted(picked)).toEqual([0]);
  expect(highlighted(readAddress(federation, writeAddress(federation, picked, null, "").query).state)).toEqual([0]);

  const chosen = reduce(picked, { do: "select", elements: [0] });
  expect(highlighted(chosen)).toEqual([0, 1, 2, 3, 4, 5]);
  const toggled = reduce(chosen, { do: "select", elements: [0], mode: "toggle", alone: true });
  expect(highlighted(toggled)).toEqual([]);
});

test("an element without geometry is highlighted by its parts, also alone", () => {
  const storey = reduce(START, { do: "select", elements: [1], alone: true });
  expect([...TWO.withParts(storey.selected, storey.alone)].sort()).toEqual([1, 3, 4]);
  expect(new URLSearchParams(writeAddress(TWO, storey, null, "").query).get("alone")).toBeNull();
});

test("a selection is replaced, extended and reduced", () => {
  const first = reduce(START, { do: "select", elements: [1, 2] });
  expect([...first.selected, first.focus]).toEqual([1, 2, 1]);
  const more = reduce(first, { do: "select", elements: [3], mode: "toggle" });
  expect([...more.selected, more.focus]).toEqual([1, 2, 3, 3]);
  const less = reduce(more, { do: "select", elements: [3], mode: "toggle" });
  expect([...less.selected, less.focus]).toEqual([1, 2, 2]);
});

test("hidden elements come back one by one or together", () => {
  const hidden = reduce(START, { do: "hide", elements: [1, 2] });
  expect(reduce(hidden, { do: "show", elements: [1] }).hidden).toEqual(new Set([2]));
  const isolated = reduce(hidden, { do: "isolate", elements: [5] });
  expect([isolated.hidden.size, [...(isolated.isolated ?? [])]]).toEqual([0, [5]]);
  expect(reduce(isolated, { do: "show", elements: [6] }).isolated).toEqual(new Set([5, 6]));
  expect(reduce(isolated, { do: "showAll" })).toEqual(START);
});

test("visibility follows hiding, isolation, filter and X-ray", () => {
  const at = (state: Partial<SceneState>, matches: Set<number> | null = null, highlighted = new Set<number>()) => {
    const of = visibilityOf({ ...START, ...state }, matches, highlighted);
    return [0, 1, 2].map(of);
  };
  const filter = { ...NO_FILTER, classes: ["IfcWall"] };
  expect(at({ hidden: new Set([1]) })).toEqual(["shown", "hidden", "shown"]);
  expect(at({ isolated: new Set([0]) })).toEqual(["shown", "hidden", "hidden"]);
  expect(at({ isolated: new Set([0]), xray: true })).toEqual(["shown", "ghosted", "ghosted"]);
  expect(at({ filter }, new Set([2]))).toEqual(["hidden", "hidden", "shown"]);
  expect(at({ filter }, null)).toEqual(["shown", "shown", "shown"]);
  expect(at({ xray: true })).toEqual(["shown", "shown", "shown"]);
  expect(at({ xray: true }, null, new Set([1]))).toEqual(["ghosted", "shown", "ghosted"]);
});

test("a filter selects by class, storey and the answer of the API", () => {
  const model = house();
  expect(matchingRows(model, { ...NO_FILTER, classes: ["IfcWall"] }, null)).toEqual([3, 4]);
  expect(matchingRows(model, { ...NO_FILTER, storeys: ["id-2"] }, null)).toEqual([2, 5]);
  expect(matchingRows(model, { ...NO_FILTER, conditions: ["x"] }, [50, 999])).toEqual([4]);
  expect(matchingRows(model, { ...NO_FILTER, classes: ["IfcDoor"], conditions: ["x"] }, [50])).toEqual([]);
});
