import { ShapeUtils, Vector2 } from "three";
import type { Loop } from "./loops";

/** A loop with the holes in it. */
interface Area {
  outline: Vector2[];
  size: number;
  holes: Vector2[][];
}

/** Less is a line, in square metres. */
const SMALLEST = 1e-8;

/** The area of loops, in square metres: negative when it is that of holes. */
export function signedArea(loops: readonly Loop[]): number {
  return loops.reduce((sum, loop) => sum + ShapeUtils.area(pointsOf(loop)), 0);
}

/** Fill loops by triangles: three corners each. Loops around solids turn left, those around holes turn right. */
export function filled(loops: readonly Loop[]): Vector2[] {
  const outlines = loops.map(pointsOf).map((points) => ({ points, size: ShapeUtils.area(points) }));
  // The faces of some solids look inward.
  const isInsideOut = outlines.reduce((sum, { size }) => sum + size, 0) < 0;
  const areas: Area[] = [];
  const holes: Vector2[][] = [];
  for (const { points, size } of outlines) {
    if (Math.abs(size) < SMALLEST) continue;
    if (size < 0 !== isInsideOut) holes.push(points);
    else areas.push({ outline: points, size: Math.abs(size), holes: [] });
  }
  areas.sort((a, b) => a.size - b.size);
  for (const hole of holes) areas.find(({ outline }) => contains(outline, hole))?.holes.push(hole);
  return areas.flatMap(triangles);
}

function pointsOf(loop: Loop): Vector2[] {
  return Array.from({ length: loop.length / 2 }, (_, point) => new Vector2(loop[point * 2], loop[point * 2 + 1]));
}

function triangles({ outline, holes }: Area): Vector2[] {
  const points = [outline, ...holes].flat();
  const corners = ShapeUtils.triangulateShape(outline, holes);
  return corners.flat().map((corner) => points[corner] as Vector2);
}

/** Whether the middle of a hole's first side is in an outline. */
function contains(outline: readonly Vector2[], [a, b]: readonly Vector2[]): boolean {
  if (a === undefined || b === undefined) return false;
  const [x, y] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
  let isInside = false;
  let before = outline.at(-1);
  for (const corner of outline) {
    if (before !== undefined && corner.y > y !== before.y > y) {
      const crossing = before.x + ((y - before.y) / (corner.y - before.y)) * (corner.x - before.x);
      if (x < crossing) isInside = !isInside;
    }
    before = corner;
  }
  return isInside;
}
