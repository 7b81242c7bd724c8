import { expect, test } from "vitest";
import { federationOf, house, modelOf } from "../testing/models";
import { buildTree, type ElementNode, elementsOf, folder, type TreeWords } from "./nodes";
import { classTree, groupTree, materialTree, typeTree } from "./otherTrees";
import { spatialTree } from "./spatialTree";

const WORDS: TreeWords = {
  project: "Project",
  withoutPlace: "No place",
  withoutType: "No type",
  withoutMaterial: "No material",
  unnamed: "Unnamed",
};

/** Return labels, indented by their levels, with counts. */
function drawn(nodes: readonly ElementNode[], indent = ""): string[] {
  return nodes.flatMap((node) => [
    `${indent}${node.label}${node.count === undefined ? "" : ` (${node.count})`}`,
    ...drawn(node.children, `${indent}  `),
  ]);
}

test("the spatial tree has storeys in order and their elements by class", () => {
  expect(drawn(spatialTree(house(), 0, WORDS))).toEqual([
    "Project (3)",
    "  Site (3)",
    "    Level 10 · Attic (2)",
    "      IfcWall (2)",
    "        Wall A",
    "        Wall B",
    "    Level 2 (1)",
    "      IfcDoor (1)",
    "        Unnamed #60",
  ]);
});

test("a loop of parents and orphans are below a folder of their own", () => {
  const rows = [
    { class: "IfcWall", name: "A", parent: 1 },
    { class: "IfcWall", name: "B", parent: 0 },
    { class: "IfcWall", name: "C", parent: null },
    { class: "IfcWall", name: "D", parent: 3 },
  ];
  expect(drawn(spatialTree(modelOf(rows), 0, WORDS))).toEqual(["No place (4)", "  A (2)", "    B", "  C", "  D"]);
});

test("an element with parts counts as one, with its parts", () => {
  const rows = [
    { class: "IfcStair", name: "Stair", triangles: 0 },
    { class: "IfcStairFlight", name: "Flight", parent: 0, triangles: 4 },
  ];
  const [project] = spatialTree(modelOf(rows), 0, WORDS);
  expect(drawn(project?.children ?? [])).toEqual(["Stair (2)", "  Flight"]);
  expect(project?.children[0]?.isFaint).toBe(false);
});

test("elements are arranged by class, type and material", () => {
  expect(drawn(classTree(house(), 0, WORDS)).slice(0, 2)).toEqual(["IfcBuildingStorey (2)", "  Level 2"]);
  expect(drawn(typeTree(house(), 0, WORDS))).toEqual([
    "IfcWall (2)",
    "  No type (1)",
    "    Wall A",
    "  Type 0 (1)",
    "    Wall B",
  ]);
  expect(drawn(materialTree(house(), 0, WORDS))).toEqual([
    "Brick (2)",
    "  Wall A",
    "  Wall B",
    "Plaster (1)",
    "  Wall B",
    "No material (1)",
    "  Unnamed #60",
  ]);
});

test("groups contain groups, and groups that contain each other end", () => {
  const group = { globalId: null, class: "IfcZone", rows: [] };
  const groups = [
    { ...group, name: "Outer" },
    { ...group, name: "Inner", parent: 0, rows: [3] },
    { ...group, name: "X", parent: 3 },
    { ...group, name: "Y", parent: 2 },
  ];
  expect(drawn(groupTree(house({ groups }), 0, WORDS))).toEqual([
    "Outer (1)",
    "  Inner (1)",
    "    Wall B",
    "X (0)",
    "  Y (0)",
  ]);
});

test("a folder of 200,000 elements gives all of them", () => {
  const leaves = Array.from({ length: 200_000 }, (_, element) => ({
    key: `${element}`,
    label: "",
    children: [],
    element,
  }));
  const elements = elementsOf(folder("all", "All", leaves));
  expect(new Set(elements).size).toBe(200_000);
});

test("several models have one numbering and unique keys", () => {
  const federation = federationOf(house(), house({}, "b".repeat(64)));
  const roots = buildTree(federation, spatialTree, WORDS);
  expect(roots.map((root) => [root.label, root.count])).toEqual([
    ["house", 3],
    ["house", 3],
  ]);
  expect(new Set(roots.flatMap(elementsOf))).toEqual(new Set(Array.from({ length: 12 }, (_, element) => element)));
  const keys = (nodes: readonly ElementNode[]): string[] => nodes.flatMap((node) => [node.key, ...keys(node.children)]);
  expect(new Set(keys(roots)).size).toBe(keys(roots).length);
});
