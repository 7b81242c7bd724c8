import type { Transform, Vec3 } from "../../viewer/types";
import type { Model } from "./ModelData";

export type Metadata = NonNullable<Model["metadata"]>;

/** Where the axes of a model lie on the map: everything in metres. */
export interface MapFrame {
  origin: Vec3;
  cosine: number;
  sine: number;
  /** Metres of the map per metre of the model, along its axes. */
  scales: Vec3;
}

const US_FOOT = 1200 / 3937;

/** Metres of the units that IFC files name, by symbol or by name (`ePSet_ProjectedCRS`), as `named` writes them. */
const METRES: ReadonlyMap<string, number> = new Map([
  ["mm", 0.001],
  ["millimetre", 0.001],
  ["cm", 0.01],
  ["centimetre", 0.01],
  ["dm", 0.1],
  ["decimetre", 0.1],
  ["m", 1],
  ["metre", 1],
  ["dam", 10],
  ["decametre", 10],
  ["hm", 100],
  ["hectometre", 100],
  ["km", 1000],
  ["kilometre", 1000],
  ["in", 0.0254],
  ["inch", 0.0254],
  ["ft", 0.3048],
  ["foot", 0.3048],
  ["international foot", 0.3048],
  ["yd", 0.9144],
  ["yard", 0.9144],
  ["mi", 1609.344],
  ["mile", 1609.344],
  ["ftus", US_FOOT],
  ["ft us", US_FOOT],
  ["us ft", US_FOOT],
  ["foot us", US_FOOT],
  ["us foot", US_FOOT],
  ["survey foot", US_FOOT],
  ["us survey foot", US_FOOT],
]);

/**
 * Return the frame of a model with a map conversion, else null (also if its numbers lead nowhere, or nobody knows its unit).
 * IfcMapConversion: E = Eastings + Scale · (x · cos - y · sin), with Eastings in units of the map and x in those of the file.
 */
export function frameOf(metadata: Model["metadata"]): MapFrame | null {
  const conversion = metadata?.georeference.mapConversion;
  const measures = metadata ? measuresOf(metadata) : null;
  if (!conversion || measures === null) return null;
  const { mapUnit, scale } = measures;
  const [x, y, z] = conversion.factors ?? [1, 1, 1];
  const angle = (conversion.rotation * Math.PI) / 180;
  const frame: MapFrame = {
    origin: [conversion.eastings * mapUnit, conversion.northings * mapUnit, conversion.orthogonalHeight * mapUnit],
    cosine: Math.cos(angle),
    sine: Math.sin(angle),
    scales: [x * scale, y * scale, z * scale],
  };
  const isUsable =
    frame.scales.every((value) => value > 0) && [...frame.origin, ...frame.scales].every(Number.isFinite);
  return isUsable && Number.isFinite(angle) ? frame : null;
}

/** Return metres per unit of a model's map; null without a map conversion, or if nobody knows the unit. */
export function mapUnitOf(metadata: Metadata): number | null {
  return measuresOf(metadata)?.mapUnit ?? null;
}

/** Return what leads from the axes of `other` to those of `first`, over the map. */
export function differenceOf(first: MapFrame, other: MapFrame): Transform {
  const lead = (point: Vec3) => fromMap(first, toMap(other, point));
  const way = other.origin.map((value, axis) => value - (first.origin[axis] ?? 0)) as Vec3;
  return { axes: [lead([1, 0, 0]), lead([0, 1, 0]), lead([0, 0, 1])], origin: fromMap(first, way) };
}

/** A direction of a model on the map. */
function toMap({ cosine, sine, scales }: MapFrame, direction: Vec3): Vec3 {
  const [x, y, z] = direction.map((value, axis) => value * (scales[axis] ?? 1)) as Vec3;
  return [cosine * x - sine * y, sine * x + cosine * y, z];
}

/** A direction of the map in the axes of a model. */
function fromMap({ cosine, sine, scales }: MapFrame, [east, north, up]: Vec3): Vec3 {
  return [(cosine * east + sine * north) / scales[0], (cosine * north - sine * east) / scales[1], up / scales[2]];
}

/**
 * Return metres per unit of the map, and metres of the map per metre of the model; null without a map conversion, or
 * if nobody knows the unit.
 * A map without a unit has the file's, or metres. Revit and others leave the units out of Scale
 * (https://github.com/Autodesk/revit-ifc/issues/784): where they would make the model huge or tiny, Scale is taken without them.
 */
function measuresOf({ units, georeference }: Metadata): { mapUnit: number; scale: number } | null {
  const name = named(georeference.crs?.mapUnit ?? "");
  const unit = METRES.get(name);
  if (!georeference.mapConversion || (name !== "" && unit === undefined)) return null;
  const { scale } = georeference.mapConversion;
  const ways = (unit === undefined ? [units.lengthScale, 1] : [unit]).map((mapUnit) => ({
    mapUnit,
    scale: (scale * mapUnit) / units.lengthScale,
  }));
  const [first = { mapUnit: 1, scale }] = ways;
  const likely = ways.find((way) => isLikely(way.scale));
  return likely ?? (isLikely(scale) ? { ...first, scale } : first);
}

/** The name of a unit without what writers choose: case, plural, and what is between words. */
function named(unit: string): string {
  return unit
    .toLowerCase()
    .replace(/[\s_().-]+/g, " ")
    .trim()
    .replace("meter", "metre")
    .replace("feet", "foot")
    .replace("inches", "inch")
    .replace(/(metre|yard|mile)s$/, "$1");
}

function isLikely(scale: number): boolean {
  return scale > 0.5 && scale < 2;
}
