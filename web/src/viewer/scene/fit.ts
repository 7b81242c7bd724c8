import { Vector3 } from "three";

const MARGIN = 1.08;

/** Right and up of a picture seen against `axis`, the unit vector towards the viewer. */
function pictureAxes(axis: Vector3): [Vector3, Vector3] {
  // Seen from above, north is up.
  const up = Math.abs(axis.z) > 0.999 ? new Vector3(0, 1, 0) : new Vector3(0, 0, 1);
  const right = new Vector3().crossVectors(up, axis).normalize();
  return [right, new Vector3().crossVectors(axis, right)];
}

function* corners(half: Vector3): Iterable<Vector3> {
  for (let corner = 0; corner < 8; corner++) {
    yield new Vector3(corner & 1 ? half.x : -half.x, corner & 2 ? half.y : -half.y, corner & 4 ? half.z : -half.z);
  }
}

/** The distance from which a box of these half sizes fills a perspective picture. */
export function distanceToFit(half: Vector3, axis: Vector3, aspect: number, slope: number): number {
  const [right, up] = pictureAxes(axis);
  let distance = 0;
  for (const corner of corners(half)) {
    const across = Math.abs(corner.dot(right)) / (slope * aspect);
    const upwards = Math.abs(corner.dot(up)) / slope;
    distance = Math.max(distance, corner.dot(axis) + Math.max(across, upwards) * MARGIN);
  }
  return distance;
}

/** The height of an orthographic picture that shows a box of these half sizes. */
export function heightToFit(half: Vector3, axis: Vector3, aspect: number): number {
  const [right, up] = pictureAxes(axis);
  let height = 0;
  for (const corner of corners(half)) {
    height = Math.max(height, 2 * Math.abs(corner.dot(up)), (2 * Math.abs(corner.dot(right))) / aspect);
  }
  return height * MARGIN;
}
