import { expect, test } from "vitest";
import { elementNode, squares } from "../testing/glb";
import { modelOf, verticesOf } from "../testing/model";
import { BYTES_PER_DRAW_CALL, paysAsInstances } from "./plan";

/** A square as instances saves 92 bytes of vertices and triangles per copy, and costs 80 for its place. */
const MANY = Math.ceil(BYTES_PER_DRAW_CALL / 12) + 50;

test("a shape is instanced only when that saves more memory than a draw call is worth", () => {
  expect(paysAsInstances(4, 6, 2)).toBe(false);
  expect(paysAsInstances(4, 6, MANY)).toBe(true);
  expect(paysAsInstances(50_000, 150_000, 1)).toBe(false);
  expect(paysAsInstances(50_000, 150_000, 2)).toBe(true);
});

test("instances have the places of their elements", () => {
  const nodes = Array.from({ length: MANY }, (_, index) =>
    elementNode(`E${index}`, { mesh: 0, translation: [index * 2, 0, 0] }),
  );
  const model = modelOf(squares(nodes));
  expect(model.batches).toHaveLength(1);
  expect(model.batches[0]?.matrices).toHaveLength(MANY * 12);
  expect(model.batches[0]?.positions).toHaveLength(12);
  expect(verticesOf(model, 7)[0]).toEqual([14, 0, 0]);
  expect([...model.boxes.subarray(7 * 6, 8 * 6)].map((value, axis) => value + (model.centre[axis % 3] ?? 0))).toEqual([
    14, 0, 0, 15, 0, 1,
  ]);
});

test("mirrored places of an instanced shape are merged", () => {
  const nodes = Array.from({ length: MANY }, (_, index) => elementNode(`E${index}`, { mesh: 0 }));
  const model = modelOf(squares([...nodes, elementNode("mirrored", { mesh: 0, scale: [-1, 1, 1] })]));
  expect(model.batches.map(({ matrices }) => matrices !== null)).toEqual([true, false]);
  expect(verticesOf(model, MANY).slice(0, 2)).toEqual([
    [0, 0, 0],
    [-1, 0, 1],
  ]);
});

test("parts of a batch are ordered from large to small, with their first index", () => {
  const scales = [1, 5, 3];
  const nodes = scales.map((scale) => elementNode(`S${scale}`, { mesh: 0, scale: [scale, scale, scale] }));
  const [batch] = modelOf(squares(nodes)).batches;
  expect([...(batch?.sizes ?? [])].map((size) => Math.round(size / Math.SQRT2))).toEqual([5, 3, 1]);
  expect([...(batch?.firsts ?? [])]).toEqual([0, 6, 12]);
  expect([...(batch?.elements ?? [])]).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 0, 0]);
});
