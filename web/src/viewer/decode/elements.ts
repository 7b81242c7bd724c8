import { UnreadableModel } from "../types";
import type { Gltf, GltfNode } from "./gltf";
import { localMatrix, type Matrix, multiply } from "./matrices";

/** One mesh at one place; `matrix` leads to the axes of the scene: IFC's, Z up. */
export interface Placement {
  mesh: number;
  element: number;
  matrix: Matrix;
}

/** The drawn elements in the order of the scene, and where their meshes stand. */
export interface Elements {
  globalIds: string[];
  placements: Placement[];
}

interface Visit {
  node: number;
  matrix: Matrix;
  owner: Owner | null;
}

/** The nearest node with a GlobalId; it becomes an element with its first mesh. */
interface Owner {
  node: GltfNode | null;
  element: number;
}

/** Walk the scene and number the elements; `axes` leads from glTF's axes. Throws UnreadableModel for a cycle. */
export function readElements(json: Gltf, axes: Matrix): Elements {
  const elements: Elements = { globalIds: [], placements: [] };
  const nodes = json.nodes ?? [];
  const roots = json.scenes?.[json.scene ?? 0]?.nodes ?? [];
  const visited = new Uint8Array(nodes.length);
  const stack: Visit[] = [...roots].reverse().map((node) => ({ node, matrix: axes, owner: null }));
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    const node = nodes[visit.node];
    if (node === undefined) continue;
    if (visited[visit.node] === 1) throw new UnreadableModel("A node of the GLB has two parents.");
    visited[visit.node] = 1;
    const local = localMatrix(node);
    const matrix = local === null ? visit.matrix : multiply(visit.matrix, local);
    const owner: Owner | null = isElement(node) ? { node, element: -1 } : visit.owner;
    if (node.mesh !== undefined) {
      const element = numberOf(owner ?? { node: null, element: -1 }, elements);
      elements.placements.push({ mesh: node.mesh, element, matrix: matrix.slice() });
    }
    const children = node.children ?? [];
    for (let index = children.length - 1; index >= 0; index--) {
      stack.push({ node: children[index] ?? -1, matrix, owner });
    }
  }
  return elements;
}

function isElement(node: GltfNode): boolean {
  return typeof node.extras?.globalId === "string";
}

function numberOf(owner: Owner, elements: Elements): number {
  if (owner.element < 0) {
    owner.element = elements.globalIds.length;
    elements.globalIds.push(text(owner.node?.extras?.globalId));
  }
  return owner.element;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
