import { expect, test } from "vitest";
import { moveOf, typedRow } from "./treeKeys";
import { filterTree, pathTo, type TreeNode, visibleRows } from "./treeRows";

function node(key: string, ...children: TreeNode[]): TreeNode {
  return { key, label: key, children };
}

const ROOTS = [node("House", node("Level 1", node("Wall"), node("Door")), node("Level 2", node("Door 2")))];
const isOpen = (open: TreeNode) => open.key !== "Level 2";

function keys(nodes: readonly TreeNode[]): string[] {
  return nodes.flatMap(({ key, children }) => [key, ...keys(children)]);
}

test("rows are the open nodes with their levels and parents", () => {
  const rows = visibleRows(ROOTS, isOpen);
  expect(rows.map((row) => [row.node.key, row.level, row.parent, row.isOpen, row.place, row.siblings])).toEqual([
    ["House", 1, -1, true, 0, 1],
    ["Level 1", 2, 0, true, 0, 2],
    ["Wall", 3, 1, false, 0, 2],
    ["Door", 3, 1, false, 1, 2],
    ["Level 2", 2, 0, false, 1, 2],
  ]);
});

test("a search keeps what is above a match, and leaves out the rest", () => {
  expect(keys(filterTree(ROOTS, " DOOR "))).toEqual(["House", "Level 1", "Door", "Level 2", "Door 2"]);
  expect(keys(filterTree(ROOTS, "door 2"))).toEqual(["House", "Level 2", "Door 2"]);
  expect(filterTree(ROOTS, "roof")).toEqual([]);
  expect(filterTree(ROOTS, "")).toEqual(ROOTS);
});

test("a search finds a node that has children without matches", () => {
  expect(keys(filterTree(ROOTS, "Level 2"))).toEqual(["House", "Level 2", "Door 2"]);
});

test("the path leads from a root to the wanted node", () => {
  expect(pathTo(ROOTS, ({ key }) => key === "Door 2")).toEqual(["House", "Level 2", "Door 2"]);
  expect(pathTo(ROOTS, ({ key }) => key === "Roof")).toBeNull();
});

test("arrow keys move, open and close as WAI-ARIA says", () => {
  const rows = visibleRows(ROOTS, isOpen);
  expect(moveOf("ArrowDown", rows, 4)).toEqual({ move: 4 });
  expect(moveOf("ArrowUp", rows, 1)).toEqual({ move: 0 });
  expect(moveOf("ArrowRight", rows, 4)).toEqual({ open: ROOTS[0]?.children[1] });
  expect(moveOf("ArrowRight", rows, 1)).toEqual({ move: 2 });
  expect(moveOf("ArrowRight", rows, 2)).toBeNull();
  expect(moveOf("ArrowLeft", rows, 1)).toEqual({ close: ROOTS[0]?.children[0] });
  expect(moveOf("ArrowLeft", rows, 3)).toEqual({ move: 1 });
  expect(moveOf("End", rows, 0)).toEqual({ move: 4 });
  expect(moveOf("Tab", rows, 0)).toBeNull();
  expect(moveOf("Home", [], 0)).toBeNull();
});

test("typing goes to the next label that begins so, and around the end", () => {
  const rows = visibleRows(ROOTS, isOpen);
  expect(typedRow(rows, 0, "l")).toBe(1);
  expect(typedRow(rows, 1, "l")).toBe(4);
  expect(typedRow(rows, 4, "l")).toBe(1);
  expect(typedRow(rows, 1, "le")).toBe(1);
  expect(typedRow(rows, 0, "x")).toBeNull();
});
