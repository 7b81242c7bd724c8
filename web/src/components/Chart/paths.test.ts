import { expect, test } from "vitest";
import { bars, linePath, niceMaximum } from "./paths";

test.each([
  [[], 1],
  [[0, null], 1],
  [[3], 5],
  [[12, 7], 20],
  [[1001], 2000],
])("the axis of %o ends at %d", (values, maximum) => {
  expect(niceMaximum(values)).toBe(maximum);
});

test("a line has a gap where a value is unknown", () => {
  expect(linePath([0, 5, null, 10], 10, 30, 10)).toBe("M0 10L10 5M30 0");
});

test("bars stand on the axis, and 0 has none", () => {
  expect(bars([0, 5], 10, 20, 10)).toEqual([{ x: 10, y: 5, width: 9, height: 5 }]);
});
