import type { Box, Transform, Vec3 } from "./types";

/** The vector at right angles to both. */
export function cross(u: Readonly<Vec3>, v: Readonly<Vec3>): Vec3 {
  return [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
}

/** The centre of a box. */
export function middle({ min, max }: Box): Vec3 {
  return min.map((value, axis) => (value + (max[axis] ?? 0)) / 2) as Vec3;
}

/** The place of a point after a transformation. */
export function applied({ axes: [x, y, z], origin }: Transform, point: Readonly<Vec3>): Vec3 {
  const along = (axis: 0 | 1 | 2) => x[axis] * point[0] + y[axis] * point[1] + z[axis] * point[2] + origin[axis];
  return [along(0), along(1), along(2)];
}
