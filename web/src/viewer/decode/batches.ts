import { mirrors } from "./matrices";
import type { BatchData } from "./modelData";
import { extend, type Group, type Item } from "./plan";
import type { Shape } from "./shapes";

/** Makes the arrays of draw calls; instances of one shape share its arrays. */
export class BatchMaker {
  private readonly known = new Map<Shape, BatchData>();

  make(group: Group): BatchData {
    if (!group.instanced) return mergedBatch(group);
    const { shape } = group.items[0] as Item;
    let shared = this.known.get(shape);
    if (shared === undefined) {
      shared = sharedShape(group, shape);
      this.known.set(shape, shared);
    }
    return { ...shared, ...instancesOf(group) };
  }
}

function sharedShape(group: Group, shape: Shape): BatchData {
  const batch = emptyBatch(group, shape.positions.length / 3, shape.indices.length);
  batch.positions.set(shape.positions);
  batch.indices.set(shape.indices);
  if (shape.uvs !== null) batch.uvs?.set(shape.uvs);
  if (shape.normals !== null) writeNormals(batch, shape.normals, 0, null);
  fillColours(batch.colours, shape, 0);
  return batch;
}

function instancesOf({ items }: Group): Pick<BatchData, "matrices" | "elements" | "sizes" | "boxes"> {
  const matrices = new Float32Array(items.length * 12);
  items.forEach(({ matrix }, index) => {
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 4; column++) {
        matrices[index * 12 + row * 4 + column] = matrix[column * 4 + row] ?? 0;
      }
    }
  });
  return {
    matrices,
    elements: Uint32Array.from(items, ({ element }) => element),
    sizes: Float32Array.from(items, ({ size }) => size),
    boxes: boxesOf(items, true),
  };
}

/** The box around all items, then, if `each`, the box of each. */
function boxesOf(items: Item[], each: boolean): Float32Array<ArrayBuffer> {
  const boxes = new Float32Array(6 * (each ? items.length + 1 : 1));
  boxes.set([Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity]);
  items.forEach(({ box }, index) => {
    extend(boxes, box);
    if (each) boxes.set(box, (index + 1) * 6);
  });
  return boxes;
}

function mergedBatch(group: Group): BatchData {
  let vertices = 0;
  let indices = 0;
  for (const { shape } of group.items) {
    vertices += shape.positions.length / 3;
    indices += shape.indices.length;
  }
  const batch = emptyBatch(group, vertices, indices);
  let vertex = 0;
  let index = 0;
  group.items.forEach((item, part) => {
    const { shape, matrix } = item;
    batch.firsts[part] = index;
    writePositions(batch.positions, item, vertex);
    if (shape.normals !== null) writeNormals(batch, shape.normals, vertex, item);
    if (shape.uvs !== null) batch.uvs?.set(shape.uvs, vertex * 2);
    fillColours(batch.colours, shape, vertex);
    batch.elements.fill(item.element, vertex, vertex + shape.positions.length / 3);
    writeIndices(batch.indices, shape.indices, index, vertex, mirrors(matrix));
    vertex += shape.positions.length / 3;
    index += shape.indices.length;
  });
  return batch;
}

function emptyBatch({ surface, instanced, items }: Group, vertices: number, indices: number): BatchData {
  const { normals } = (items[0] as Item).shape;
  const parts = instanced ? 0 : items.length;
  return {
    surface,
    positions: new Float32Array(vertices * 3),
    colours: new Uint8Array(vertices * 4),
    normals: normals === null ? null : new Int8Array(vertices * 4),
    uvs: surface.texture < 0 ? null : new Float32Array(vertices * 2),
    indices: vertices > 65535 ? new Uint32Array(indices) : new Uint16Array(indices),
    elements: new Uint32Array(instanced ? 0 : vertices),
    matrices: null,
    sizes: Float32Array.from(items, ({ size }) => size),
    firsts: new Uint32Array(parts),
    boxes: boxesOf(items, false),
  };
}

function writePositions(target: Float32Array, { shape, matrix }: Item, vertex: number): void {
  const source = shape.positions;
  const [a = 0, b = 0, c = 0, , d = 0, e = 0, f = 0, , g = 0, h = 0, i = 0, , x0 = 0, y0 = 0, z0 = 0] = matrix;
  for (let from = 0, to = vertex * 3; from < source.length; from += 3, to += 3) {
    const x = source[from] as number;
    const y = source[from + 1] as number;
    const z = source[from + 2] as number;
    target[to] = a * x + d * y + g * z + x0;
    target[to + 1] = b * x + e * y + h * z + y0;
    target[to + 2] = c * x + f * y + i * z + z0;
  }
}

/** Normals turn with the transposed inverse; its determinant does not matter for their direction. */
function writeNormals(batch: BatchData, source: Float32Array, vertex: number, item: Item | null): void {
  const target = batch.normals;
  if (target === null) return;
  const m = item === null ? [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] : [...item.matrix];
  const [a = 0, b = 0, c = 0, , d = 0, e = 0, f = 0, , g = 0, h = 0, i = 0] = m;
  for (let from = 0, to = vertex * 4; from < source.length; from += 3, to += 4) {
    const [x = 0, y = 0, z = 0] = source.subarray(from, from + 3);
    const nx = (e * i - f * h) * x + (c * h - b * i) * y + (b * f - c * e) * z;
    const ny = (f * g - d * i) * x + (a * i - c * g) * y + (c * d - a * f) * z;
    const nz = (d * h - e * g) * x + (b * g - a * h) * y + (a * e - b * d) * z;
    const scale = 127 / (Math.hypot(nx, ny, nz) || 1);
    target[to] = Math.round(nx * scale);
    target[to + 1] = Math.round(ny * scale);
    target[to + 2] = Math.round(nz * scale);
  }
}

function fillColours(target: Uint8Array, shape: Shape, vertex: number): void {
  const { colour } = shape.paint;
  for (let to = vertex * 4, end = to + (shape.positions.length / 3) * 4; to < end; to += 4) target.set(colour, to);
}

function writeIndices(
  target: Uint16Array | Uint32Array,
  source: Uint16Array | Uint32Array,
  index: number,
  vertex: number,
  flip: boolean,
): void {
  for (let i = 0; i < source.length; i++) target[index + i] = (source[i] as number) + vertex;
  if (!flip) return;
  for (let i = index; i < index + source.length; i += 3) {
    const second = target[i + 1] as number;
    target[i + 1] = target[i + 2] as number;
    target[i + 2] = second;
  }
}
