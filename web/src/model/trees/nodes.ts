import type { TreeNode } from "../../components/tree/treeRows";
import { append } from "../../lib/append";
import { NATURAL_ORDER } from "../../lib/naturalOrder";
import type { ElementNumber, Federation } from "../data/Federation";
import type { ModelData } from "../data/ModelData";

/** A node of one of the page's trees: an element, a folder of elements, or a model. */
export interface ElementNode extends TreeNode {
  children: readonly ElementNode[];
  /** The element that the node is; folders are none. */
  element?: ElementNumber;
}

/** Words of the trees that are not from the file. */
export interface TreeWords {
  project: string;
  withoutPlace: string;
  withoutType: string;
  withoutMaterial: string;
  unnamed: string;
}

/** Makes the roots of one model. */
export type TreeBuilder = (model: ModelData, start: ElementNumber, words: TreeWords) => ElementNode[];

/** Return the trees of all models: with several models, each below its own name. */
export function buildTree(federation: Federation, build: TreeBuilder, words: TreeWords): ElementNode[] {
  const parts = federation.models.map((model, place) => ({
    model,
    roots: build(model, federation.startOf(place), words),
  }));
  if (parts.length === 1) return parts[0]?.roots ?? [];
  return parts.map(({ model, roots }) => prefixed(folder("model", model.label, roots), `${model.sha256}:`));
}

function prefixed(node: ElementNode, prefix: string): ElementNode {
  return { ...node, key: prefix + node.key, children: node.children.map((child) => prefixed(child, prefix)) };
}

/** Return a leaf for an element. */
export function leaf(model: ModelData, start: ElementNumber, row: number, key: string, words: TreeWords): ElementNode {
  return {
    key,
    label: labelOf(model, row, words),
    children: [],
    element: start + row,
    isFaint: !model.hasGeometry(row),
  };
}

/** Return the name of an element, else its number in the file. */
export function labelOf(model: ModelData, row: number, words: { unnamed: string }): string {
  return model.name(row) ?? `${words.unnamed} #${model.columns.stepId[row]}`;
}

/** Return a folder of nodes. */
export function folder(key: string, label: string, children: ElementNode[]): ElementNode {
  return { key, label, children, count: countOf(children), isFaint: children.every((child) => child.isFaint) };
}

/** Return the number of elements in nodes. */
export function countOf(nodes: readonly ElementNode[]): number {
  let count = 0;
  for (const node of nodes) count += node.count ?? (node.element === undefined ? 0 : 1) + countOf(node.children);
  return count;
}

/** Sort nodes by their labels, numbers in them by size. */
export function sorted(nodes: ElementNode[]): ElementNode[] {
  return nodes.sort((first, second) => NATURAL_ORDER.compare(first.label, second.label));
}

/** Return all elements in a node: its own and those of all nodes below. */
export function elementsOf(node: ElementNode): ElementNumber[] {
  const elements: ElementNumber[] = [];
  const pending: ElementNode[] = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.element !== undefined) elements.push(next.element);
    // Not push(...): the arguments of a call are limited to about 100,000.
    for (const child of next.children) pending.push(child);
  }
  return elements;
}

/** Return rows by a key, the keys in the order in which they first come. */
export function grouped<K>(rows: Iterable<number>, keyOf: (row: number) => K): Map<K, number[]> {
  const groups = new Map<K, number[]>();
  for (const row of rows) append(groups, keyOf(row), row);
  return groups;
}

/** Return all rows of a model. */
export function allRows(model: ModelData): number[] {
  return Array.from({ length: model.columns.total }, (_, row) => row);
}
