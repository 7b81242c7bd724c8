import type { Placement } from "./elements";
import { type Matrix, mirrors } from "./matrices";
import type { Shape } from "./shapes";
import type { Surface } from "./surfaces";

/** Memory that one draw call may save: below it, a repeated shape is merged with the others. */
export const BYTES_PER_DRAW_CALL = 16 * 1024;
/** Vertices of a merged batch: few enough for 16-bit indices and for culling by batch. */
export const VERTICES_PER_BATCH = 32768;
/** Instances of one draw call: few enough that a slow machine draws it in a fraction of a second. */
export const INDICES_PER_DRAW = 300_000;
/** Position, colour and element of a merged vertex, and what an instance adds. */
const MERGED_VERTEX = 20;
const SHARED_VERTEX = 16;
const INSTANCE = 80;

/** One shape at one place. */
export interface Item {
  shape: Shape;
  element: number;
  matrix: Matrix;
  /** From the model's centre. */
  box: Float64Array;
  size: number;
}

/** What becomes one draw call. */
export interface Group {
  surface: Surface;
  instanced: boolean;
  items: Item[];
}

/** Whether drawing a shape at `count` places by instances saves more memory than a draw call is worth. */
export function paysAsInstances(vertices: number, indices: number, count: number): boolean {
  const merged = count * (vertices * MERGED_VERTEX + indices * 2);
  const instanced = vertices * SHARED_VERTEX + indices * 2 + count * INSTANCE;
  return count > 1 && merged - instanced > BYTES_PER_DRAW_CALL;
}

/** Divide the placed shapes into draw calls. */
export function planBatches(placements: Placement[], shapes: Shape[][]): Group[] {
  const counts = new Map<number, number>();
  for (const { mesh } of placements) counts.set(mesh, (counts.get(mesh) ?? 0) + 1);
  const instanced = new Map<Shape, Group>();
  const merged = new Map<string, Group>();
  for (const { mesh, element, matrix } of placements) {
    for (const shape of shapes[mesh] ?? []) {
      const box = placed(shape.box, matrix);
      const item = { shape, element, matrix, box, size: diagonal(box) };
      // Mirrored instances would need their own state of the graphics card.
      const pays = paysAsInstances(shape.positions.length / 3, shape.indices.length, counts.get(mesh) ?? 0);
      if (pays && !mirrors(matrix)) groupOf(instanced, shape, shape, true).items.push(item);
      else groupOf(merged, keyOf(shape), shape, false).items.push(item);
    }
  }
  return [...instanced.values(), ...merged.values()].flatMap(divided);
}

function groupOf<Key>(groups: Map<Key, Group>, key: Key, shape: Shape, instanced: boolean): Group {
  let group = groups.get(key);
  if (group === undefined) {
    group = { surface: shape.paint.surface, instanced, items: [] };
    groups.set(key, group);
  }
  return group;
}

function keyOf({ paint: { surface }, normals }: Shape): string {
  return [surface.transparent, surface.doubleSided, surface.lit, surface.texture, normals !== null].join();
}

/** Cut a group into batches of neighbours, each ordered from large to small. */
function divided(group: Group): Group[] {
  const items = spatiallySorted(group.items);
  const batches: Group[] = [];
  const most = group.instanced ? INDICES_PER_DRAW : VERTICES_PER_BATCH;
  let batch: Item[] = [];
  let filled = 0;
  const close = () => {
    if (batch.length === 0) return;
    batches.push({ ...group, items: batch.sort((a, b) => b.size - a.size) });
    batch = [];
    filled = 0;
  };
  for (const item of items) {
    const count = group.instanced ? item.shape.indices.length : item.shape.positions.length / 3;
    if (filled + count > most) close();
    batch.push(item);
    filled += count;
  }
  close();
  return batches;
}

/** Sort along a Z-order curve, so that neighbours in the list are neighbours in space. */
function spatiallySorted(items: Item[]): Item[] {
  const whole = Float64Array.of(Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity);
  for (const { box } of items) extend(whole, box);
  const codes = new Map(items.map((item) => [item, mortonCode(item.box, whole)]));
  return [...items].sort((a, b) => (codes.get(a) ?? 0) - (codes.get(b) ?? 0));
}

function mortonCode(box: Float64Array, whole: Float64Array): number {
  let code = 0;
  const cells = [0, 1, 2].map((axis) => {
    const low = whole[axis] ?? 0;
    const extent = Math.max((whole[axis + 3] ?? 0) - low, 1e-9);
    const middle = ((box[axis] ?? 0) + (box[axis + 3] ?? 0)) / 2;
    return Math.min(Math.floor(((middle - low) / extent) * 1024), 1023);
  });
  for (let bit = 9; bit >= 0; bit--) for (const cell of cells) code = code * 2 + ((cell >> bit) & 1);
  return code;
}

/** The box around a transformed box. */
export function placed(box: Float64Array, matrix: Matrix): Float64Array {
  const result = new Float64Array(6);
  for (let row = 0; row < 3; row++) {
    let low = matrix[12 + row] ?? 0;
    let high = low;
    for (let column = 0; column < 3; column++) {
      const factor = matrix[column * 4 + row] ?? 0;
      const a = factor * (box[column] ?? 0);
      const b = factor * (box[column + 3] ?? 0);
      low += Math.min(a, b);
      high += Math.max(a, b);
    }
    result[row] = low;
    result[row + 3] = high;
  }
  return result;
}

/** Make `box` contain `other`. */
export function extend(box: Float32Array | Float64Array, other: Float32Array | Float64Array): void {
  for (let axis = 0; axis < 3; axis++) {
    box[axis] = Math.min(box[axis] ?? 0, other[axis] ?? 0);
    box[axis + 3] = Math.max(box[axis + 3] ?? 0, other[axis + 3] ?? 0);
  }
}

function diagonal(box: Float64Array): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = box;
  return Math.hypot(d - a, e - b, f - c);
}
