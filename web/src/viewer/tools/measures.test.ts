import { Vector3 } from "three";
import { expect, test } from "vitest";
import { elementNode, squares } from "../testing/glb";
import { modelOf } from "../testing/model";
import { angleOf, areaOf, distanceOf, textOf } from "./measures";
import { snap } from "./snapping";

test("distances are those of space", () => {
  expect(distanceOf([1, 2, 3], [3, 5, 9])).toBe(7);
});

test("angles are measured at the vertex", () => {
  expect(angleOf([1, 0, 0], [0, 0, 0], [0, 5, 0])).toBeCloseTo(90, 10);
  expect(angleOf([1, 0, 0], [0, 0, 0], [-2, 0, 0])).toBeCloseTo(180, 10);
  expect(angleOf([1, 0, 0], [0, 0, 0], [1, 1e-6, 0])).toBeCloseTo(5.7296e-5, 8);
});

test("the area of a polygon with a notch is that of what it encloses", () => {
  expect(
    areaOf([
      [0, 0, 4],
      [4, 0, 4],
      [4, 3, 4],
      [2, 3, 4],
      [2, 1, 4],
      [0, 1, 4],
    ]),
  ).toBeCloseTo(8, 10);
});

test("measurements are written as the language writes numbers", () => {
  expect(textOf("distance", 1234.5678, "de")).toBe("1.234,568\u00a0m");
  expect(textOf("area", 2.5, "en")).toBe("2.50\u00a0m²");
  expect(textOf("angle", 44.96, "en")).toBe("45.0°");
});

const MODEL = modelOf(squares([elementNode("A", { mesh: 0 })]));

/** Snap at a point of the unit square in the plane of X and Z. */
function snapAt(x: number, z: number, radius = 0.1) {
  const [cx, cy, cz] = MODEL.centre;
  const found = snap(MODEL, 0, new Vector3(x - cx, -cy, z - cz), radius);
  return found && { kind: found.kind, x: round(found.point.x + cx), z: round(found.point.z + cz) };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

test("a vertex is snapped before an edge", () => {
  expect(snapAt(0.95, 0.92)).toEqual({ kind: "vertex", x: 1, z: 1 });
});

test("an edge is snapped where no vertex is near", () => {
  expect(snapAt(0.5, 0.96)).toEqual({ kind: "edge", x: 0.5, z: 1 });
});

test("the diagonal of a flat face is not an edge", () => {
  expect(snapAt(0.5, 0.52)).toBeNull();
});

test("nothing is snapped far from vertices and edges", () => {
  expect(snapAt(0.3, 0.6)).toBeNull();
});
