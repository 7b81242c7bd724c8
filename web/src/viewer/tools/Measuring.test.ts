import { expect, test } from "vitest";
import type { Measurement, Vec3 } from "../types";
import { Measuring } from "./Measuring";

function measuring() {
  const results: Measurement[][] = [];
  const tool = new Measuring(
    (measured) => results.push(measured),
    () => undefined,
  );
  const click = (...point: Vec3) => tool.click(point, (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) < 0.01);
  return { tool, click, last: () => results.at(-1) ?? [] };
}

test("the second point finishes a distance, and the third an angle", () => {
  const { tool, click, last } = measuring();
  tool.start("distance");
  click(0, 0, 0);
  click(3, 4, 0);
  expect(last()).toMatchObject([{ tool: "distance", value: 5 }]);
  tool.start("angle");
  click(1, 0, 0);
  click(0, 0, 0);
  click(0, 1, 0);
  expect(last().map(({ value }) => Math.round(value))).toEqual([5, 90]);
});

test("a click on the first point closes an area", () => {
  const { tool, click, last } = measuring();
  tool.start("area");
  for (const point of [
    [0, 0, 0],
    [2, 0, 0],
    [2, 3, 0],
    [0, 3, 0],
    [0, 0, 0],
  ] as Vec3[])
    click(...point);
  expect(last()).toMatchObject([{ tool: "area", value: 6 }]);
});

test("an area of two points is not finished", () => {
  const { tool, click, last } = measuring();
  tool.start("area");
  click(0, 0, 0);
  click(2, 0, 0);
  tool.finish();
  expect(last()).toEqual([]);
});

test("the second click of a double click adds no point", () => {
  const { tool, click, last } = measuring();
  tool.start("distance");
  click(0, 0, 0);
  click(0, 0, 0);
  click(1, 0, 0);
  expect(last()).toMatchObject([{ value: 1 }]);
});

test("starting another tool drops the unfinished measurement", () => {
  const { tool, click, last } = measuring();
  tool.start("distance");
  click(0, 0, 0);
  tool.start("distance");
  click(7, 0, 0);
  click(8, 0, 0);
  expect(last()).toMatchObject([{ value: 1 }]);
  tool.clear();
  expect(last()).toEqual([]);
});
