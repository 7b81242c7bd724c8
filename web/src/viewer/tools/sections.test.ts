import { expect, test } from "vitest";
import type { Box, Section } from "../types";
import { handlesOf, movedBy, outlineOf } from "./sections";

const AROUND: Box = { min: [0, 0, 0], max: [10, 20, 6] };
const BOX: Section = { kind: "box", min: [1, 2, 3], max: [4, 5, 6] };

test("the handle of a plane is on the plane, in the middle of the model", () => {
  const [handle] = handlesOf({ kind: "plane", point: [100, 0, 2], normal: [0, 0, -2] }, AROUND);
  expect(handle?.point).toEqual([5, 10, 2]);
  expect(handle?.axis.map(Math.abs)).toEqual([0, 0, 1]);
});

test("a plane moves along its normal", () => {
  const moved = movedBy({ kind: "plane", point: [0, 0, 2], normal: [0, 0, -2] }, "plane", 1.5);
  expect(moved).toMatchObject({ point: [0, 0, 0.5] });
});

test("each side of a box moves alone, and never past the other side", () => {
  expect(movedBy(BOX, "x+", 2)).toEqual({ kind: "box", min: [1, 2, 3], max: [6, 5, 6] });
  expect(movedBy(BOX, "z-", -1)).toEqual({ kind: "box", min: [1, 2, 2], max: [4, 5, 6] });
  expect(movedBy(BOX, "y-", 99)).toMatchObject({ min: [1, 4.99, 3] });
});

test("a box has six handles and twelve edges", () => {
  expect(handlesOf(BOX, AROUND).map(({ name }) => name)).toEqual(["x-", "x+", "y-", "y+", "z-", "z+"]);
  expect(outlineOf(BOX, AROUND)).toHaveLength(12);
});
