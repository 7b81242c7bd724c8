import type { Vec3 } from "../../viewer/types";

export type Vector = readonly [number, number, number];

/** Return the vector with the length 1; null for one without a direction. */
export function normalized([x, y, z]: Vector): Vec3 | null {
  const length = Math.hypot(x, y, z);
  return length > 1e-9 && Number.isFinite(length) ? [x / length, y / length, z / length] : null;
}
