import { Vector3 } from "three";
import { expect, test } from "vitest";
import type { BatchData } from "../decode/modelData";
import { elementNode, squares } from "../testing/glb";
import { modelOf } from "../testing/model";
import { CAP, type Filter, pick, pickCap } from "./picking";

const ALL: Filter = { isHidden: () => false, isClipped: () => false };

/** Three squares behind each other, seen along +Y of IFC; the middle one is turned by its parent's scale. */
const MODEL = modelOf(
  squares([
    elementNode("near", { mesh: 0 }),
    elementNode("middle", { mesh: 0, translation: [1, 0, -2], scale: [-1, 1, 1] }),
    elementNode("far", { mesh: 0, translation: [0, 0, -5] }),
  ]),
);

function pickFrom(x: number, z: number, filter: Partial<Filter> = {}) {
  const [cx, cy, cz] = MODEL.centre;
  const origin = new Vector3(x - cx, -10 - cy, z - cz);
  const result = pick(MODEL, { origin, direction: new Vector3(0, 1, 0) }, { ...ALL, ...filter });
  return result && { element: MODEL.globalIds[result.element], distance: result.distance };
}

test("the nearest element is picked", () => {
  expect(pickFrom(0.3, 0.6)).toEqual({ element: "near", distance: 10 });
});

test("nothing is picked beside the elements", () => {
  expect(pickFrom(1.3, 0.6)).toBeNull();
});

test("hidden elements are skipped", () => {
  expect(pickFrom(0.3, 0.6, { isHidden: (element) => element === 0 })).toEqual({ element: "middle", distance: 12 });
});

test("what the section cuts away is skipped", () => {
  expect(pickFrom(0.3, 0.6, { isClipped: (distance) => distance < 13 })).toEqual({ element: "far", distance: 15 });
});

test("instances are picked at their places", () => {
  const count = 1500;
  const nodes = Array.from({ length: count }, (_, index) =>
    elementNode(`E${index}`, { mesh: 0, translation: [index * 2, 0, 0], rotation: [0, Math.SQRT1_2, 0, Math.SQRT1_2] }),
  );
  const model = modelOf(squares(nodes));
  expect(model.batches[0]?.matrices).not.toBeNull();
  const [cx, cy, cz] = model.centre;
  // The squares are turned round the vertical axis, so that they are seen along X.
  const origin = new Vector3(-5 - cx, 0.4 - cy, 0.3 - cz);
  const first = pick(model, { origin, direction: new Vector3(1, 0, 0) }, ALL);
  expect(model.globalIds[first?.element ?? -1]).toBe("E0");
  expect(first?.distance).toBeCloseTo(5, 4);
  const next = pick(
    model,
    { origin, direction: new Vector3(1, 0, 0) },
    { ...ALL, isHidden: (element) => element === 0 },
  );
  expect(model.globalIds[next?.element ?? -1]).toBe("E1");
  expect(next?.distance).toBeCloseTo(7, 4);
});

test("a cap hides what is behind it, unless its element is hidden", () => {
  const ray = { origin: new Vector3(0.2, 0.2, 5), direction: new Vector3(0, 0, -1) };
  const caps: BatchData = {
    ...(MODEL.batches[0] as BatchData),
    positions: Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0),
    indices: Uint32Array.of(0, 1, 2),
    elements: Uint32Array.of(7, 7, 7),
    matrices: null,
  };
  const corner = new Vector3();
  const behind = { element: 2, distance: 6, triangle: [corner, corner, corner] as [Vector3, Vector3, Vector3], row: 0 };
  expect(pickCap(caps, ray, ALL, behind)).toMatchObject({ element: 7, distance: 5, row: CAP });
  expect(pickCap(caps, ray, ALL, { ...behind, distance: 4 })?.element).toBe(2);
  expect(pickCap(caps, ray, { ...ALL, isHidden: (element) => element === 7 }, behind)?.element).toBe(2);
});
