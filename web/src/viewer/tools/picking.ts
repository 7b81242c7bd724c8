import { Vector3 } from "three";
import type { BatchData, ModelData } from "../decode/modelData";
import { transformed, triangleDistance } from "./triangles";

/** A ray in the axes of one model, from its centre. */
export interface PickRay {
  origin: Vector3;
  /** Unit length. */
  direction: Vector3;
}

/** The row of a triangle that belongs to no part. */
export const CAP = -1;

export interface PickResult {
  element: number;
  distance: number;
  /** The corners of the triangle, from the model's centre. */
  triangle: [Vector3, Vector3, Vector3];
  /** Row of the parts in which the triangle is; CAP for one that closes a cut solid. */
  row: number;
}

/** Says which elements and points cannot be picked. */
export interface Filter {
  isHidden(element: number): boolean;
  /** Whether a point at this distance along the ray is cut away. */
  isClipped(distance: number): boolean;
}

/** Find the nearest visible triangle: boxes first, then the triangles of the elements in their order along the ray. */
export function pick(model: ModelData, ray: PickRay, filter: Filter): PickResult | null {
  let best: PickResult | null = null;
  for (const { element, entry } of candidates(model.boxes, ray, filter)) {
    if (best !== null && entry > best.distance) break;
    const { starts, rows } = model.parts;
    for (let row = starts[element] ?? 0; row < (starts[element + 1] ?? 0); row++) {
      best = pickPart(model, rows, row, element, ray, filter, best);
    }
  }
  return best;
}

/** Find a triangle of the caps that is nearer than `before`. */
export function pickCap(caps: BatchData, ray: PickRay, filter: Filter, before: PickResult | null): PickResult | null {
  let best = before;
  for (let index = 0; index < caps.indices.length; index += 3) {
    const distance = triangleDistance(caps.positions, caps.indices, index, ray.origin, ray.direction);
    if (distance >= (best?.distance ?? Infinity)) continue;
    const element = caps.elements[index] as number;
    if (filter.isHidden(element) || filter.isClipped(distance)) continue;
    best = { element, distance, triangle: cornersOf(caps, index, -1), row: CAP };
  }
  return best;
}

function cornersOf(
  { positions, indices, matrices }: BatchData,
  index: number,
  instance: number,
): PickResult["triangle"] {
  const corner = (number: number) => transformed(positions, indices[index + number] as number, matrices, instance);
  return [corner(0), corner(1), corner(2)];
}

function candidates(boxes: Float32Array, ray: PickRay, filter: Filter): { element: number; entry: number }[] {
  const { x, y, z } = ray.origin;
  const inverse = [1 / ray.direction.x, 1 / ray.direction.y, 1 / ray.direction.z] as const;
  const found: { element: number; entry: number }[] = [];
  for (let at = 0; at < boxes.length; at += 6) {
    const entry = boxEntry(boxes, at, x, y, z, inverse);
    if (entry < Infinity && !filter.isHidden(at / 6)) found.push({ element: at / 6, entry });
  }
  return found.sort((a, b) => a.entry - b.entry);
}

/** The distance at which a ray enters a box, or Infinity; flat boxes get a little thickness. */
function boxEntry(
  boxes: Float32Array,
  at: number,
  x: number,
  y: number,
  z: number,
  [ix, iy, iz]: readonly [number, number, number],
): number {
  const slack = 1e-4;
  const x1 = ((boxes[at] as number) - slack - x) * ix;
  const x2 = ((boxes[at + 3] as number) + slack - x) * ix;
  const y1 = ((boxes[at + 1] as number) - slack - y) * iy;
  const y2 = ((boxes[at + 4] as number) + slack - y) * iy;
  const z1 = ((boxes[at + 2] as number) - slack - z) * iz;
  const z2 = ((boxes[at + 5] as number) + slack - z) * iz;
  const near = Math.max(Math.min(x1, x2), Math.min(y1, y2), Math.min(z1, z2), 0);
  const far = Math.min(Math.max(x1, x2), Math.max(y1, y2), Math.max(z1, z2));
  return near <= far ? near : Infinity;
}

function pickPart(
  model: ModelData,
  rows: Uint32Array,
  row: number,
  element: number,
  ray: PickRay,
  filter: Filter,
  before: PickResult | null,
): PickResult | null {
  const batch = model.batches[rows[row * 3] as number];
  if (batch === undefined) return before;
  const first = rows[row * 3 + 1] as number;
  const instance = batch.matrices === null ? -1 : first;
  const start = instance < 0 ? first : 0;
  const end = start + (rows[row * 3 + 2] as number);
  let best = before;
  const local = instance < 0 ? ray : localRay(ray, batch.matrices as Float32Array, instance * 12);
  if (local === null) return best;
  for (let index = start; index < end; index += 3) {
    const distance = triangleDistance(batch.positions, batch.indices, index, local.origin, local.direction);
    if (distance >= (best?.distance ?? Infinity) || filter.isClipped(distance)) continue;
    best = { element, distance, triangle: cornersOf(batch, index, instance), row };
  }
  return best;
}

/** The ray in the axes of an instance; its direction keeps the scale, so that distances stay those of the model. */
function localRay({ origin, direction }: PickRay, m: Float32Array, at: number): PickRay | null {
  const [a = 0, b = 0, c = 0, x = 0, d = 0, e = 0, f = 0, y = 0, g = 0, h = 0, i = 0, z = 0] = m.subarray(at, at + 12);
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (determinant === 0) return null;
  const solve = (u: number, v: number, w: number) =>
    new Vector3(
      ((e * i - f * h) * u + (c * h - b * i) * v + (b * f - c * e) * w) / determinant,
      ((f * g - d * i) * u + (a * i - c * g) * v + (c * d - a * f) * w) / determinant,
      ((d * h - e * g) * u + (b * g - a * h) * v + (a * e - b * d) * w) / determinant,
    );
  return {
    origin: solve(origin.x - x, origin.y - y, origin.z - z),
    direction: solve(direction.x, direction.y, direction.z),
  };
}
