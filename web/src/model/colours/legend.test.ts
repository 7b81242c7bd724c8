import { expect, test } from "vitest";
import { federationOf, house } from "../testing/models";
import { coloursOf, legendOf, type Value } from "./legend";
import { categoryColour, MOST_CATEGORIES, NO_VALUE, OTHERS, rampColour } from "./palette";
import { valuesBy } from "./values";

function values(...list: (Partial<Value> | null)[]): Map<number, Value | null> {
  return new Map(
    list.map((value, element) => [element, value === null ? null : { text: "", number: null, unit: null, ...value }]),
  );
}

function numbers(...list: number[]) {
  return values(...list.map((number) => ({ text: String(number), number, unit: "m" })));
}

test("texts are categories with counts, elements without a value have their own row", () => {
  const legend = legendOf(values({ text: "B" }, null, { text: "A" }, { text: "B" }));
  expect(legend.kind).toBe("categories");
  expect(legend.rows.map((row) => [row.label, row.elements])).toEqual([
    [{ value: "A" }, [2]],
    [{ value: "B" }, [0, 3]],
    [{ none: true }, [1]],
  ]);
  const colours = coloursOf(legend);
  expect(colours.get(0)).toEqual(categoryColour(0));
  expect(colours.get(2)).toEqual(categoryColour(1));
  expect(colours.get(1)).toEqual(NO_VALUE);
});

test("many numbers are ranges that include both ends", () => {
  const list = Array.from({ length: 15 }, (_, number) => number * 10);
  const legend = legendOf(numbers(...list));
  expect(legend.kind).toBe("ramp");
  expect(legend.rows.map((row) => row.elements.length)).toEqual([2, 2, 2, 2, 2, 2, 3]);
  expect(legend.rows[0]?.label).toEqual({ from: 0, to: 20, unit: "m" });
  expect(legend.rows.at(-1)?.label).toEqual({ from: 120, to: 140, unit: "m" });
  expect(legend.rows[0]?.colour).toEqual(rampColour(0));
});

test("few numbers have a row each, by size", () => {
  const legend = legendOf(numbers(10, 9, 10));
  expect(legend.rows.map((row) => row.label)).toEqual([{ value: "9 m" }, { value: "10 m" }]);
  expect(legend.kind).toBe("ramp");
});

test("numbers in different units are not put on one scale", () => {
  const mixed = values({ text: "1", number: 1, unit: "m" }, { text: "1", number: 1, unit: "mm" });
  expect(legendOf(mixed).rows.map((row) => row.label)).toEqual([{ value: "1 m" }, { value: "1 mm" }]);
  expect(legendOf(mixed).kind).toBe("categories");
});

test("more texts than colours are summed up, the rarest first", () => {
  const texts = Array.from({ length: MOST_CATEGORIES + 5 }, (_, place) => ({ text: `T${place}` }));
  const legend = legendOf(values(...texts, { text: "T24" }));
  expect(legend.rows).toHaveLength(MOST_CATEGORIES);
  expect(legend.rows.at(-1)).toMatchObject({ label: { others: 6 }, colour: OTHERS });
  expect(legend.rows.some((row) => "value" in row.label && row.label.value === "T24")).toBe(true);
});

test("a legend without elements has no rows", () => {
  expect(legendOf(new Map()).rows).toEqual([]);
});

test("elements with geometry have the value of a column", () => {
  const federation = federationOf(house());
  const texts = (by: Parameters<typeof valuesBy>[1]) =>
    [...valuesBy(federation, by, null)].map(([element, value]) => [element, value?.text ?? null]);
  expect(texts("storey")).toEqual([
    [3, "Level 10"],
    [4, "Level 10"],
    [5, "Level 2"],
  ]);
  expect(texts("material")).toEqual([
    [3, "Brick, Plaster"],
    [4, "Brick"],
    [5, null],
  ]);
  expect(texts("type")[0]).toEqual([3, "Type 0"]);
});

test("elements have the value of a property by STEP id, several as one text", () => {
  const answer = {
    property: "Width",
    values: [
      { value: "1", number: 1, unit: "m" },
      { value: "2", number: 2, unit: "m" },
    ],
    stepId: [40, 50, 50],
    index: [0, 0, 1],
  };
  expect([...valuesBy(federationOf(house()), { property: "Width" }, [answer])]).toEqual([
    [3, { text: "1", number: 1, unit: "m" }],
    [4, { text: "1 m; 2 m", number: null, unit: null }],
    [5, null],
  ]);
});
