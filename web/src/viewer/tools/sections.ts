import type { Box, Section, Vec3 } from "../types";
import { cross, middle } from "../vectors";

/** A handle of a section: where it is, and in which direction it moves. */
export interface Handle {
  /** A plane's normal, or the side of a box such as `x-` or `z+`. */
  name: string;
  point: Vec3;
  axis: Vec3;
}

const SIDES = ["x", "y", "z"] as const;
/** A box keeps at least this size, in metres. */
const THINNEST = 0.01;

/** The handles of a section, in the middle of what it cuts. */
export function handlesOf(section: Section, around: Box): Handle[] {
  if (section.kind === "plane") {
    const axis = unit(section.normal);
    return [{ name: "plane", point: onPlane(middle(around), section.point, axis), axis }];
  }
  const centre = middle(section);
  return SIDES.flatMap((side, axis) =>
    [false, true].map((high): Handle => {
      const point: Vec3 = [...centre];
      point[axis] = (high ? section.max : section.min)[axis] ?? 0;
      const direction: Vec3 = [0, 0, 0];
      direction[axis] = 1;
      return { name: `${side}${high ? "+" : "-"}`, point, axis: direction };
    }),
  );
}

/** The section after a handle moved by so many metres along its axis. */
export function movedBy(section: Section, name: string, metres: number): Section {
  if (section.kind === "plane") {
    const axis = unit(section.normal);
    return { ...section, point: section.point.map((value, index) => value + (axis[index] ?? 0) * metres) as Vec3 };
  }
  const axis = SIDES.findIndex((side) => name.startsWith(side));
  const min: Vec3 = [...section.min];
  const max: Vec3 = [...section.max];
  const low = min[axis] ?? 0;
  const high = max[axis] ?? 0;
  if (name.endsWith("+")) max[axis] = Math.max(high + metres, low + THINNEST);
  else min[axis] = Math.min(low + metres, high - THINNEST);
  return { kind: "box", min, max };
}

/** The outline that shows a section: the edges of the box, or the plane's frame around the model. */
export function outlineOf(section: Section, around: Box): Vec3[][] {
  if (section.kind === "plane") return [frameOf(section.point, unit(section.normal), around)];
  const corner = (index: number): Vec3 => [
    (index & 1 ? section.max : section.min)[0],
    (index & 2 ? section.max : section.min)[1],
    (index & 4 ? section.max : section.min)[2],
  ];
  const edges: Vec3[][] = [];
  for (let from = 0; from < 8; from++) {
    for (const bit of [1, 2, 4]) if ((from & bit) === 0) edges.push([corner(from), corner(from | bit)]);
  }
  return edges;
}

function frameOf(point: Vec3, normal: Vec3, around: Box): Vec3[] {
  const centre = onPlane(middle(around), point, normal);
  const radius = Math.hypot(...around.max.map((value, axis) => value - (around.min[axis] ?? 0))) / 2;
  const helper: Vec3 = Math.abs(normal[2]) > 0.9 ? [1, 0, 0] : [0, 0, 1];
  const u = unit(cross(helper, normal));
  const v = cross(normal, u);
  const corner = (a: number, b: number) =>
    centre.map((value, axis) => value + ((u[axis] ?? 0) * a + (v[axis] ?? 0) * b) * radius * 0.6) as Vec3;
  return [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1), corner(-1, -1)];
}

function onPlane(from: Vec3, point: Vec3, normal: Vec3): Vec3 {
  const height = from.reduce((sum, value, axis) => sum + (value - (point[axis] ?? 0)) * (normal[axis] ?? 0), 0);
  return from.map((value, axis) => value - height * (normal[axis] ?? 0)) as Vec3;
}

function unit(v: Vec3): Vec3 {
  const length = Math.hypot(...v) || 1;
  return v.map((value) => value / length) as Vec3;
}
