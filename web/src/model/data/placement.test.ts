import { expect, test } from "vitest";
import type { Vec3 } from "../../viewer/types";
import { applied } from "../../viewer/vectors";
import type { Metadata } from "./mapFrames";
import { differsInUnits, type Placement, placementOf } from "./placement";

interface Options {
  crs?: string;
  mapUnit?: string;
  lengthScale?: number;
}

function metadata(map: object | null, { crs = "EPSG:25832", mapUnit, lengthScale = 1 }: Options = {}): Metadata {
  const conversion = { eastings: 500_000, northings: 5_000_000, orthogonalHeight: 100, rotation: 0, scale: 1 };
  const mapConversion = map === null ? null : { ...conversion, ...map };
  return {
    units: { lengthScale },
    georeference: { crs: { name: crs, mapUnit }, mapConversion },
  } as unknown as Metadata;
}

/** A point of the other model in the axes of the first one, to the micrometre. */
function place({ transform }: Placement, point: Vec3): number[] {
  if (transform === null) throw new Error("not placed");
  return applied(transform, point).map((value) => Math.round(value * 1e6) / 1e6 + 0);
}

const ELSEWHERE = { eastings: 500_010, northings: 5_000_020, orthogonalHeight: 103 };

test("models with the same map conversion stay where they are", () => {
  const same = placementOf(metadata({}), metadata({}));
  expect(same.relation).toBe("sameMap");
  expect(place(same, [1, 2, 3])).toEqual([1, 2, 3]);
  expect(placementOf(metadata({ rotation: 359.99999 }), metadata({})).relation).toBe("sameMap");
});

test("the first model stays in its own axes", () => {
  const first = metadata({ rotation: 33, scale: 0.9996 });
  expect(placementOf(first, first)).toEqual({ relation: "sameMap", transform: null, factor: 1 });
});

test("a model with another origin is shifted, in the axes of the first one", () => {
  const shifted = placementOf(metadata({}), metadata(ELSEWHERE));
  expect(shifted.relation).toBe("placedByMap");
  expect(place(shifted, [0, 0, 0])).toEqual([10, 20, 3]);
  // The X axis points north: 10 m east is -Y, 20 m north is X.
  const north = placementOf(metadata({ rotation: 90 }), metadata({ ...ELSEWHERE, rotation: 90 }));
  expect(place(north, [0, 0, 0])).toEqual([20, -10, 3]);
});

test("a model with another direction is turned about its own origin", () => {
  // The other X axis points north: (2, 1) is 1 m west and 2 m north of its origin.
  const turned = placementOf(metadata({}), metadata({ ...ELSEWHERE, rotation: 90 }));
  expect(turned.relation).toBe("placedByMap");
  expect(place(turned, [2, 1, 5])).toEqual([9, 22, 8]);
  // Seen from axes turned by 30°, the east is at -30°.
  const east = placementOf(metadata({ rotation: 30 }), metadata({}));
  expect(place(east, [1, 0, 0])).toEqual([0.866025, -0.5, 0]);
});

test("points far from the origin of their file are as precise as near ones", () => {
  // This file has map coordinates; the first one begins at its point (500 000.25, 5 000 000.5), turned by 90°.
  const onMap = metadata({ eastings: 0, northings: 0, orthogonalHeight: 0 });
  const first = metadata({ eastings: 500_000.25, northings: 5_000_000.5, rotation: 90 });
  expect(place(placementOf(first, onMap), [500_001.5, 5_000_003.625, 107])).toEqual([3.125, -1.25, 7]);
});

test("files in millimetres and in metres are placed alike", () => {
  const units = { lengthScale: 0.001 };
  const point: Vec3 = [1, 0, 0];
  for (const [map, options] of [
    [{ eastings: 500_010, scale: 0.001 }, units],
    [
      { eastings: 500_010, scale: 0.001 },
      { ...units, mapUnit: "m" },
    ],
    // Without the unit in Scale, as Revit writes it.
    [{ eastings: 500_010 }, { ...units, mapUnit: "m" }],
    [
      { eastings: 500_010_000, northings: 5e9, orthogonalHeight: 100_000 },
      { ...units, mapUnit: "mm" },
    ],
    // A map without a unit has that of the file.
    [{ eastings: 500_010_000, northings: 5e9, orthogonalHeight: 100_000 }, units],
  ] as const) {
    const placed = placementOf(metadata({}), metadata(map, options));
    expect(placed.relation).toBe("placedByMap");
    expect(place(placed, point)).toEqual([11, 0, 0]);
  }
  expect(differsInUnits(metadata({}), metadata({}, units))).toBe(true);
});

test("map units are known by the names that files give them", () => {
  // 10 and 20 of the unit from the map's zero, from a model there.
  const first = metadata({ eastings: 0, northings: 0, orthogonalHeight: 0 });
  const at = { eastings: 10, northings: 20, orthogonalHeight: 0 };
  for (const [lengthScale, names] of [
    [0.3048, ["ft", "FOOT", "feet", "International Foot"]],
    [1200 / 3937, ["ftUS", "US survey foot", "US_SURVEY_FEET", "us-ft", "Foot (US)"]],
    [0.0254, ["in", "INCH", "inches"]],
    [0.9144, ["yd", "Yards"]],
    [1609.344, ["mi", "mile"]],
    [100, ["hm", "HECTOMETRE"]],
    [10, ["dam"]],
    [0.1, ["dm", "DECIMETRE"]],
    [0.01, ["cm", "Centimeters"]],
    [0.001, ["mm", "MILLIMETER", " millimetres "]],
  ] as const) {
    for (const mapUnit of names) {
      const placed = placementOf(first, metadata(at, { mapUnit, lengthScale }));
      const expected = [10, 20].map((value) => Math.round(value * lengthScale * 1e6) / 1e6);
      expect([mapUnit, ...place(placed, [0, 0, 0])]).toEqual([mapUnit, ...expected, 0]);
    }
  }
});

test("a map unit that nobody knows is no usable map conversion", () => {
  const none = { relation: "ownOrigin", transform: null, factor: 1 };
  for (const mapUnit of ["furlong", "m²", "µm", "constructor"])
    expect(placementOf(metadata({}), metadata({}, { mapUnit }))).toEqual(none);
});

test("the scale of a map projection is applied to lengths, and to the way between origins", () => {
  const grid = placementOf(metadata({ scale: 0.5 }), metadata({ ...ELSEWHERE, scale: 0.4998 }));
  expect(grid.relation).toBe("placedByMap");
  expect(place(grid, [1000, 0, 10])).toEqual([20 + 999.6, 40, 6 + 9.996]);
});

test("a model that becomes much larger or smaller is named as scaled", () => {
  const doubled = placementOf(metadata({}), metadata({ scale: 2 }));
  expect(doubled.relation).toBe("scaledByMap");
  expect(doubled.factor).toBeCloseTo(2, 12);
  expect(place(doubled, [1, 2, 3])).toEqual([2, 4, 6]);
  const flat = placementOf(metadata({}), metadata({ factors: [1, 1, 0.5] }));
  expect(flat.relation).toBe("scaledByMap");
  expect(place(flat, [1, 2, 3])).toEqual([1, 2, 1.5]);
});

test("without a common map each model keeps its own origin", () => {
  const none = { transform: null, factor: 1 };
  expect(placementOf(metadata({}), metadata({}, { crs: "EPSG:25833" }))).toEqual({ relation: "differentCrs", ...none });
  expect(placementOf(metadata(null), metadata({}))).toEqual({ relation: "ownOrigin", ...none });
  expect(placementOf(null, metadata({}))).toEqual({ relation: "ownOrigin", ...none });
  expect(placementOf(metadata({}), metadata({ scale: 0 }))).toEqual({ relation: "ownOrigin", ...none });
});
