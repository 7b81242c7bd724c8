import { Vector3 } from "three";

/** A plane: the points p with dot(p, normal) = height; and axes in it, as a viewer sees them who looks along `normal`. */
export interface Frame {
  normal: Vector3;
  height: number;
  right: Vector3;
  up: Vector3;
}

/** Return a plane with axes; the normal has unit length. */
export function frameOf(normal: Vector3, height: number): Frame {
  const helper = Math.abs(normal.z) > 0.9 ? new Vector3(1, 0, 0) : new Vector3(0, 0, 1);
  const right = new Vector3().crossVectors(normal, helper).normalize();
  return { normal, height, right, up: new Vector3().crossVectors(right, normal) };
}
