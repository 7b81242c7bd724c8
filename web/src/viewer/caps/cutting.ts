import { Vector3 } from "three";
import type { BatchData } from "../decode/modelData";
import { transformed } from "../tools/triangles";
import type { Frame } from "./frame";

/** Lines in a plane: x and y of the start, x and y of the end, and so on. Seen as the cap is, solids are on their left. */
export type Segments = number[];

/** Sums up the areas of triangles as vectors: those of a closed surface add up to nothing. */
export class Areas {
  private readonly sum = new Vector3();
  private readonly area = new Vector3();
  private readonly side = new Vector3();
  private size = 0;

  add(a: Vector3, b: Vector3, c: Vector3): void {
    this.area.subVectors(b, a).cross(this.side.subVectors(c, a));
    this.sum.add(this.area);
    this.size += this.area.length();
  }

  /** Whether little is missing: small gaps, which are no reason to see the inside of a wall. */
  get areClosed(): boolean {
    return this.sum.length() <= 0.1 * this.size;
  }
}

/**
 * Return the lines in which a plane cuts the triangles of one part: of some indices, or of an instance. The areas of the
 * triangles are added to `areas`.
 */
export function cutPart(batch: BatchData, first: number, count: number, frame: Frame, areas: Areas): Segments {
  const instance = batch.matrices === null ? -1 : first;
  const start = instance < 0 ? first : 0;
  const segments: Segments = [];
  const corners = [new Corner(), new Corner(), new Corner()] as const;
  for (let index = start; index < start + count; index += 3) {
    for (let corner = 0; corner < 3; corner++) {
      const vertex = batch.indices[index + corner] as number;
      const { point } = corners[corner] as Corner;
      transformed(batch.positions, vertex, batch.matrices, instance, point);
      (corners[corner] as Corner).height = point.dot(frame.normal) - frame.height;
    }
    areas.add(corners[0].point, corners[1].point, corners[2].point);
    cutTriangle(...corners, frame, segments);
  }
  return segments;
}

class Corner {
  readonly point = new Vector3();
  /** Above the plane; a corner on it counts as above, so that each triangle is cut in two edges or none. */
  height = 0;
}

function cutTriangle(a: Corner, b: Corner, c: Corner, frame: Frame, segments: Segments): void {
  const [first, second, third] = [a.height >= 0, b.height >= 0, c.height >= 0];
  if (first === second && second === third) return;
  // The corner that is alone on its side comes first.
  if (second === third) addLine(a, b, c, frame, segments);
  else if (first === third) addLine(b, c, a, frame, segments);
  else addLine(c, a, b, frame, segments);
}

function addLine(alone: Corner, next: Corner, last: Corner, frame: Frame, segments: Segments): void {
  if (alone.height >= 0) {
    addCrossing(last, alone, frame, segments);
    addCrossing(next, alone, frame, segments);
  } else {
    addCrossing(alone, next, frame, segments);
    addCrossing(alone, last, frame, segments);
  }
}

const CROSSING = new Vector3();

/** Always from below to above: two triangles with the same edge get the same point, to the last bit. */
function addCrossing(below: Corner, above: Corner, { right, up }: Frame, segments: Segments): void {
  CROSSING.lerpVectors(below.point, above.point, below.height / (below.height - above.height));
  segments.push(CROSSING.dot(right), CROSSING.dot(up));
}
