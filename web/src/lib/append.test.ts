import { expect, test } from "vitest";
import { append } from "./append";

test("a value is added to the list of its key, which is not copied", () => {
  const lists = new Map<string, number[]>();
  append(lists, "a", 1);
  const list = lists.get("a");
  append(lists, "b", 2);
  append(lists, "a", 3);
  expect([...lists]).toEqual([
    ["a", [1, 3]],
    ["b", [2]],
  ]);
  expect(lists.get("a")).toBe(list);
});
