/** 4 × 4 matrices in double precision, column by column as glTF has them. */
export type Matrix = Float64Array;

import type { Transform } from "../types";
import type { GltfNode } from "./gltf";

/** glTF's Y is up, IFC's Z: (x, y, z) becomes (x, -z, y). */
export const Y_UP_TO_Z_UP: Matrix = Float64Array.of(1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1);

/** A transformation without its translation. */
export function linear({ axes: [x, y, z] }: Transform): Matrix {
  return Float64Array.of(...x, 0, ...y, 0, ...z, 0, 0, 0, 0, 1);
}

/** The product of two matrices. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  const product = new Float64Array(16);
  for (let column = 0; column < 16; column += 4) {
    for (let row = 0; row < 4; row++) {
      let sum = 0;
      for (let inner = 0; inner < 4; inner++) sum += (a[inner * 4 + row] ?? 0) * (b[column + inner] ?? 0);
      product[column + row] = sum;
    }
  }
  return product;
}

/** A node's own transform, or null if it has none. */
export function localMatrix(node: GltfNode): Matrix | null {
  if (node.matrix !== undefined) return Float64Array.from(node.matrix);
  if (node.translation === undefined && node.rotation === undefined && node.scale === undefined) return null;
  const [tx = 0, ty = 0, tz = 0] = node.translation ?? [];
  const [x = 0, y = 0, z = 0, w = 1] = node.rotation ?? [];
  const [sx = 1, sy = 1, sz = 1] = node.scale ?? [];
  return Float64Array.of(
    (1 - 2 * (y * y + z * z)) * sx,
    2 * (x * y + z * w) * sx,
    2 * (x * z - y * w) * sx,
    0,
    2 * (x * y - z * w) * sy,
    (1 - 2 * (x * x + z * z)) * sy,
    2 * (y * z + x * w) * sy,
    0,
    2 * (x * z + y * w) * sz,
    2 * (y * z - x * w) * sz,
    (1 - 2 * (x * x + y * y)) * sz,
    0,
    tx,
    ty,
    tz,
    1,
  );
}

/** Whether the matrix mirrors, which turns triangles inside out. */
export function mirrors(matrix: Matrix): boolean {
  const [a = 0, b = 0, c = 0, , d = 0, e = 0, f = 0, , g = 0, h = 0, i = 0] = matrix;
  return a * (e * i - f * h) - d * (b * i - c * h) + g * (b * f - c * e) < 0;
}
