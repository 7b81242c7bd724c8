import { MeshoptDecoder } from "meshoptimizer/decoder";
import { parseGlb } from "../decode/glb";
import { buildModel } from "../decode/model";
import type { ModelData } from "../decode/modelData";
import type { Transform } from "../types";

/** Decode and merge a GLB as the worker does. */
export function modelOf(file: ArrayBuffer, transform: Transform | null = null): ModelData {
  return buildModel(parseGlb(file), MeshoptDecoder.decodeGltfBuffer, [], transform);
}

/** The vertices of an element in the world, rounded to a tenth of a millimetre. */
export function verticesOf(model: ModelData, element: number): number[][] {
  const { starts, rows } = model.parts;
  const vertices: number[][] = [];
  for (let row = starts[element] ?? 0; row < (starts[element + 1] ?? 0); row++) {
    const [number = 0, first = 0, count = 0] = rows.subarray(row * 3, row * 3 + 3);
    const batch = model.batches[number];
    if (batch === undefined) throw new Error("a part without a batch");
    const m = batch.matrices?.subarray(first * 12, first * 12 + 12);
    const start = m === undefined ? first : 0;
    for (const index of batch.indices.subarray(start, start + count)) {
      const [x = 0, y = 0, z = 0] = batch.positions.subarray(index * 3, index * 3 + 3);
      const place = m === undefined ? [x, y, z] : [0, 4, 8].map((at) => dot(m.subarray(at, at + 4), [x, y, z, 1]));
      vertices.push(place.map((value, axis) => Math.round((value + (model.centre[axis] ?? 0)) * 1e4) / 1e4));
    }
  }
  return vertices;
}

function dot(a: Float32Array, b: number[]): number {
  return b.reduce((sum, value, index) => sum + value * (a[index] ?? 0), 0);
}
