import { Line3, Vector3 } from "three";
import type { ModelData } from "../decode/modelData";
import { transformed } from "./triangles";

export interface Snap {
  /** From the model's centre. */
  point: Vector3;
  kind: "vertex" | "edge";
}

interface Edge {
  line: Line3;
  normal: Vector3;
  /** It only divides a flat face. */
  inner: boolean;
}

/** The parts of a model. */
export type Parts = Pick<ModelData, "batches" | "parts">;

/** Find the vertex, or else the edge, within `radius` metres of a point on the triangles of a part. */
export function snap(model: Parts, row: number, point: Vector3, radius: number): Snap | null {
  const edges = new Map<string, Edge>();
  let vertex: Vector3 | null = null;
  let nearest = radius;
  for (const corners of trianglesNear(model, row, point, radius)) {
    for (const corner of corners) {
      const distance = corner.distanceTo(point);
      if (distance < nearest) {
        nearest = distance;
        vertex = corner;
      }
    }
    collectEdges(edges, corners, point, radius);
  }
  if (vertex !== null) return { point: vertex, kind: "vertex" };
  return nearestOnEdges(edges.values(), point, radius);
}

/** The triangles of a part whose box is within `radius` of a point. */
function* trianglesNear(
  { parts, batches }: Parts,
  row: number,
  point: Vector3,
  radius: number,
): Iterable<[Vector3, Vector3, Vector3]> {
  const [number = -1, first = 0, count = 0] = parts.rows.subarray(row * 3, row * 3 + 3);
  const batch = batches[number];
  if (batch === undefined) return;
  const instance = batch.matrices === null ? -1 : first;
  const start = instance < 0 ? first : 0;
  const corners: [Vector3, Vector3, Vector3] = [new Vector3(), new Vector3(), new Vector3()];
  for (let index = start; index < start + count; index += 3) {
    for (const corner of [0, 1, 2] as const) {
      const vertex = batch.indices[index + corner] as number;
      transformed(batch.positions, vertex, batch.matrices, instance, corners[corner]);
    }
    if (isNear(corners, point, radius)) yield corners.map((corner) => corner.clone()) as typeof corners;
  }
}

function isNear([a, b, c]: [Vector3, Vector3, Vector3], { x, y, z }: Vector3, radius: number): boolean {
  return (
    Math.min(a.x, b.x, c.x) - radius <= x &&
    Math.max(a.x, b.x, c.x) + radius >= x &&
    Math.min(a.y, b.y, c.y) - radius <= y &&
    Math.max(a.y, b.y, c.y) + radius >= y &&
    Math.min(a.z, b.z, c.z) - radius <= z &&
    Math.max(a.z, b.z, c.z) + radius >= z
  );
}

function collectEdges(
  edges: Map<string, Edge>,
  corners: [Vector3, Vector3, Vector3],
  point: Vector3,
  radius: number,
): void {
  const [a, b, c] = corners;
  const normal = new Vector3().crossVectors(b.clone().sub(a), c.clone().sub(a)).normalize();
  for (const [from, to] of [
    [a, b],
    [b, c],
    [c, a],
  ] as const) {
    const line = new Line3(from, to);
    if (line.closestPointToPoint(point, true, new Vector3()).distanceTo(point) > radius) continue;
    const key = [keyOf(from), keyOf(to)].sort().join(" ");
    const known = edges.get(key);
    if (known === undefined) edges.set(key, { line, normal, inner: false });
    else if (Math.abs(known.normal.dot(normal)) > 0.999) known.inner = true;
  }
}

function nearestOnEdges(edges: Iterable<Edge>, point: Vector3, radius: number): Snap | null {
  let best: Snap | null = null;
  let nearest = radius;
  for (const { line, inner } of edges) {
    if (inner) continue;
    const on = line.closestPointToPoint(point, true, new Vector3());
    const distance = on.distanceTo(point);
    if (distance >= nearest) continue;
    nearest = distance;
    best = { point: on, kind: "edge" };
  }
  return best;
}

/** Vertices of neighbouring triangles are equal to a tenth of a millimetre. */
function keyOf({ x, y, z }: Vector3): string {
  return `${Math.round(x * 1e4)},${Math.round(y * 1e4)},${Math.round(z * 1e4)}`;
}
