import type { MeasureTool, Vec3 } from "../types";
import { cross } from "../vectors";

/** How many points finish a measurement; an area is finished by the user. */
export const POINTS: Record<MeasureTool, number> = { distance: 2, angle: 3, area: Infinity };

/** The distance of two points, in metres. */
export function distanceOf(a: Vec3, b: Vec3): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** The angle at `vertex` between the directions to two points, in degrees; 0 if one of them is the vertex. */
export function angleOf(a: Vec3, vertex: Vec3, b: Vec3): number {
  const u = minus(a, vertex);
  const v = minus(b, vertex);
  // Unlike the arc cosine, exact for small angles and never outside its domain.
  return (Math.atan2(lengthOf(cross(u, v)), u[0] * v[0] + u[1] * v[1] + u[2] * v[2]) * 180) / Math.PI;
}

/** The area of a polygon in space, in square metres; of one that is not flat, that of its projection on its mean plane. */
export function areaOf(points: readonly Vec3[]): number {
  const first = points[0];
  if (first === undefined) return 0;
  const sum: Vec3 = [0, 0, 0];
  for (let index = 1; index + 1 < points.length; index++) {
    const part = cross(minus(points[index] as Vec3, first), minus(points[index + 1] as Vec3, first));
    for (const axis of [0, 1, 2] as const) sum[axis] += part[axis];
  }
  return lengthOf(sum) / 2;
}

/** The value of a measurement by its tool. */
export function measured(tool: MeasureTool, points: readonly Vec3[]): number {
  const [a = ORIGIN, b = ORIGIN, c = ORIGIN] = points;
  if (tool === "distance") return distanceOf(a, b);
  return tool === "angle" ? angleOf(a, b, c) : areaOf(points);
}

const UNITS: Record<MeasureTool, string> = { distance: "m", angle: "°", area: "m²" };

/** A measurement as text, with the digits that make sense on a building. */
export function textOf(tool: MeasureTool, value: number, language: string | undefined): string {
  const digits = tool === "distance" ? 3 : tool === "angle" ? 1 : 2;
  const format = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${format.format(value)}${tool === "angle" ? "" : "\u00a0"}${UNITS[tool]}`;
}

const ORIGIN: Vec3 = [0, 0, 0];

function minus(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function lengthOf(v: Vec3): number {
  return Math.hypot(v[0], v[1], v[2]);
}
