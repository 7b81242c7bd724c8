import type { Vec3 } from "../types";
import type { Surface } from "./surfaces";

type Buffer = ArrayBuffer;

/** One draw call: many elements merged, or one shape at many places. */
export interface BatchData {
  surface: Surface;
  /** Metres in IFC axes from the model's centre; of an instanced batch, in the shape's own axes. */
  positions: Float32Array<Buffer>;
  /** sRGB and alpha of each vertex. */
  colours: Uint8Array<Buffer>;
  /** Three components and one of padding per vertex. */
  normals: Int8Array<Buffer> | null;
  uvs: Float32Array<Buffer> | null;
  indices: Uint16Array<Buffer> | Uint32Array<Buffer>;
  /** The element of each vertex; of an instanced batch, of each instance. */
  elements: Uint32Array<Buffer>;
  /** Three rows of four numbers per instance; null in a merged batch. */
  matrices: Float32Array<Buffer> | null;
  /** The length of the diagonal of each part (merged) or instance, in metres. Parts are ordered from large to small. */
  sizes: Float32Array<Buffer>;
  /** The first index of each part of a merged batch. */
  firsts: Uint32Array<Buffer>;
  /** Min x, y, z, max x, y, z from the model's centre: of the batch, then of each instance. */
  boxes: Float32Array<Buffer>;
}

/** Where the triangles of the elements are: rows of batch, first (index or instance) and number of indices. */
export interface Parts {
  /** Element e has the rows from starts[e] to starts[e + 1]. */
  starts: Uint32Array<Buffer>;
  rows: Uint32Array<Buffer>;
}

export interface TextureData {
  image: ImageBitmap;
  repeatS: boolean;
  repeatT: boolean;
}

/** A decoded model; everything large can be transferred between threads. */
export interface ModelData {
  globalIds: string[];
  batches: BatchData[];
  parts: Parts;
  /** Min x, y, z, max x, y, z of each element, from the centre. */
  boxes: Float32Array<Buffer>;
  /** In metres and the axes of the scene, from the GLB's origin. */
  centre: Vec3;
  /** Where the GLB's origin is in the scene. */
  originShift: Vec3;
  textures: TextureData[];
  triangles: number;
}

/** The buffers of a model that move to another thread instead of being copied. */
export function transferables(model: ModelData): Transferable[] {
  const list: Transferable[] = [model.parts.starts.buffer, model.parts.rows.buffer, model.boxes.buffer];
  for (const { positions, colours, normals, uvs, indices, elements, matrices, sizes, firsts, boxes } of model.batches) {
    for (const array of [positions, colours, normals, uvs, indices, elements, matrices, sizes, firsts, boxes]) {
      if (array !== null) list.push(array.buffer);
    }
  }
  for (const { image } of model.textures) list.push(image);
  return [...new Set(list)];
}

/** Bytes of a model's arrays, and of those that the graphics card copies. */
export function bytesOf({ batches, parts, boxes }: ModelData): { arrays: number; graphics: number } {
  const copied = new Set<ArrayBufferView>();
  const kept = new Set<ArrayBufferView>([parts.starts, parts.rows, boxes]);
  for (const { positions, colours, normals, uvs, indices, elements, matrices, sizes, firsts, boxes } of batches) {
    for (const array of [positions, colours, normals, uvs, indices]) if (array !== null) copied.add(array);
    // Instances are copied for each picture, to the page and to the graphics card.
    for (const array of [elements, matrices]) if (array !== null) copied.add(array);
    for (const array of [sizes, firsts, boxes]) kept.add(array);
  }
  const graphics = sum(copied);
  return { arrays: graphics + sum(kept), graphics };
}

function sum(arrays: Iterable<ArrayBufferView>): number {
  let bytes = 0;
  for (const { byteLength } of arrays) bytes += byteLength;
  return bytes;
}
