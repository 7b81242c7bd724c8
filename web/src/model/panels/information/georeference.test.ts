import { expect, test } from "vitest";
import type { Metadata } from "../../data/mapFrames";
import { degrees, mapLink, mapSymbol } from "./georeference";

const MAP = { eastings: 729_013_348.83, northings: 9_063_992_684.697, orthogonalHeight: 0, rotation: 0, scale: 1 };
const MILLIMETRES = { lengthScale: 0.001, assigned: [{ type: "LENGTHUNIT", name: "MILLIMETRE", symbol: "mm" }] };
const IN_METRES = "https://epsg.io/map#srs=32760&x=729013.349&y=9063992.685&z=17";

function metadata(georeference: object, units: object = { lengthScale: 1 }): Metadata {
  return { georeference, units } as unknown as Metadata;
}

function onMap(mapUnit: string | null, map: object = MAP, units?: object): Metadata {
  return metadata({ epsg: 32760, crs: { name: "EPSG:32760", mapUnit }, mapConversion: map }, units);
}

test("the map of a coordinate reference system is asked in metres", () => {
  for (const mapUnit of ["mm", "MILLIMETRE"]) expect(mapLink(onMap(mapUnit))).toEqual({ by: "crs", url: IN_METRES });
});

test("a map without a unit has the file's, or metres where Scale says so", () => {
  const own = onMap(null, MAP, MILLIMETRES);
  expect([mapLink(own)?.url, mapSymbol(own)]).toEqual([IN_METRES, "mm"]);
  const map = { ...MAP, eastings: 729_013.34883, northings: 9_063_992.684697, scale: 0.001 };
  const metres = onMap(null, map, MILLIMETRES);
  expect([mapLink(metres)?.url, mapSymbol(metres)]).toEqual([IN_METRES, "m"]);
  const feet = { lengthScale: 0.3048, assigned: [{ type: "LENGTHUNIT", name: "FOOT", symbol: "ft" }] };
  expect(mapSymbol(onMap(null, MAP, feet))).toBe("ft");
  expect(mapSymbol(onMap("ftUS", MAP, feet))).toBe("ftUS");
});

test("systems that count in feet are asked in feet", () => {
  const map = { ...MAP, eastings: 10, northings: 20 };
  expect(mapLink(onMap("ftUS", map))?.url).toBe("https://epsg.io/map#srs=32760&x=10.000&y=20.000&z=17");
});

test("a unit that nobody knows leads to no map, but is named", () => {
  const unknown = onMap("furlong");
  expect([mapLink(unknown), mapSymbol(unknown)]).toEqual([null, "furlong"]);
});

test("without a code of the system, the site is shown; without a site, no map", () => {
  const site = { latitude: 49.1, longitude: -8.4 };
  expect(mapLink(metadata({ mapConversion: MAP, site }))?.url).toBe(
    "https://www.openstreetmap.org/?mlat=49.1&mlon=-8.4#map=17/49.1/-8.4",
  );
  expect(mapLink(metadata({ mapConversion: MAP }))).toBeNull();
});

test("degrees have minutes and seconds", () => {
  expect(degrees(49.100435, "N", "S")).toBe("49° 6′ 1.6″ N");
  expect(degrees(-71.99999999, "E", "W")).toBe("72° 0′ 0.0″ W");
});
