import { Vector3 } from "three";

/** The distance along a ray to a triangle from either side, or Infinity (Möller and Trumbore). */
export function triangleDistance(
  positions: Float32Array,
  indices: Uint16Array | Uint32Array,
  index: number,
  origin: Vector3,
  direction: Vector3,
): number {
  const a = (indices[index] as number) * 3;
  const b = (indices[index + 1] as number) * 3;
  const c = (indices[index + 2] as number) * 3;
  const ax = positions[a] as number;
  const ay = positions[a + 1] as number;
  const az = positions[a + 2] as number;
  const ux = (positions[b] as number) - ax;
  const uy = (positions[b + 1] as number) - ay;
  const uz = (positions[b + 2] as number) - az;
  const vx = (positions[c] as number) - ax;
  const vy = (positions[c + 1] as number) - ay;
  const vz = (positions[c + 2] as number) - az;
  const px = direction.y * vz - direction.z * vy;
  const py = direction.z * vx - direction.x * vz;
  const pz = direction.x * vy - direction.y * vx;
  const determinant = ux * px + uy * py + uz * pz;
  if (determinant === 0) return Infinity;
  const tx = origin.x - ax;
  const ty = origin.y - ay;
  const tz = origin.z - az;
  const u = (tx * px + ty * py + tz * pz) / determinant;
  if (u < -1e-9 || u > 1 + 1e-9) return Infinity;
  const qx = ty * uz - tz * uy;
  const qy = tz * ux - tx * uz;
  const qz = tx * uy - ty * ux;
  const v = (direction.x * qx + direction.y * qy + direction.z * qz) / determinant;
  if (v < -1e-9 || u + v > 1 + 1e-9) return Infinity;
  const distance = (vx * qx + vy * qy + vz * qz) / determinant;
  return distance > 0 ? distance : Infinity;
}

/** A vertex in the axes of the model, whether its batch is merged (instance -1) or instanced. */
export function transformed(
  positions: Float32Array,
  vertex: number,
  matrices: Float32Array | null,
  instance: number,
  target = new Vector3(),
): Vector3 {
  const x = positions[vertex * 3] as number;
  const y = positions[vertex * 3 + 1] as number;
  const z = positions[vertex * 3 + 2] as number;
  if (matrices === null) return target.set(x, y, z);
  const at = instance * 12;
  return target.set(along(matrices, at, x, y, z), along(matrices, at + 4, x, y, z), along(matrices, at + 8, x, y, z));
}

function along(m: Float32Array, at: number, x: number, y: number, z: number): number {
  return (m[at] as number) * x + (m[at + 1] as number) * y + (m[at + 2] as number) * z + (m[at + 3] as number);
}
