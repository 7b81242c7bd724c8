import type { Transform, Vec3 } from "../../viewer/types";
import type { Model } from "./ModelData";
import { differenceOf, frameOf, type Metadata } from "./mapFrames";

/** How a model is placed beside the first one: by their map conversions, or else each by its own origin. */
export type Relation = "sameMap" | "placedByMap" | "scaledByMap" | "differentCrs" | "ownOrigin";

/** Map conversions that differ by less are the same: exporters round them. */
const SAME_METRES = 0.001;
const SAME_DIRECTION = 2e-6;
/** The scales of map projections differ from 1 by less. */
const SAME_SIZE = 0.01;

export interface Placement {
  relation: Relation;
  /** From its own axes to those of the first model; null if nothing is to be moved. */
  transform: Transform | null;
  /** How many times larger than in its file the model is shown. */
  factor: number;
}

const UNMOVED = { transform: null, factor: 1 };

/** Return the place of a model beside the first one. */
export function placementOf(first: Model["metadata"], other: Model["metadata"]): Placement {
  if (first && first === other) return { relation: "sameMap", ...UNMOVED };
  const [firstFrame, frame] = [frameOf(first), frameOf(other)];
  if (!first || !other || firstFrame === null || frame === null) return { relation: "ownOrigin", ...UNMOVED };
  if (nameOf(first) !== nameOf(other)) return { relation: "differentCrs", ...UNMOVED };
  const transform = differenceOf(firstFrame, frame);
  const factor = sizeOf(transform);
  return { relation: relationOf(transform, factor), transform, factor };
}

function relationOf({ axes, origin }: Transform, factor: number): Relation {
  if (Math.abs(factor - 1) > SAME_SIZE) return "scaledByMap";
  const turned = axes.some((axis, row) => axis.some((value, column) => differs(value, row === column ? 1 : 0)));
  return turned || Math.hypot(...origin) >= SAME_METRES ? "placedByMap" : "sameMap";
}

function differs(value: number, expected: number): boolean {
  return Math.abs(value - expected) > SAME_DIRECTION;
}

/** The scale of the axis whose length changes most. */
function sizeOf({ axes }: Transform): number {
  const lengths = axes.map((axis: Vec3) => Math.hypot(...axis));
  return lengths.reduce((most, length) => (Math.abs(Math.log(length)) > Math.abs(Math.log(most)) ? length : most), 1);
}

function nameOf({ georeference: { epsg, crs } }: Metadata): string | null {
  return epsg ? String(epsg) : (crs?.name ?? null);
}

/** Return whether two models measure in different units of length. */
export function differsInUnits(first: Model["metadata"], other: Model["metadata"]): boolean {
  if (!first || !other) return false;
  return Math.abs(first.units.lengthScale / other.units.lengthScale - 1) > 1e-9;
}
