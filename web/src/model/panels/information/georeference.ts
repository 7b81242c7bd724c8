import { type Metadata, mapUnitOf } from "../../data/mapFrames";

/** A page with a map, and what it shows. */
export interface MapLink {
  url: string;
  by: "crs" | "site";
}

/** Coordinate reference systems count in feet, metres and more, but in nothing smaller. */
const SMALLEST_UNIT = 0.3;

/** Return the address of a map at the model's origin: by its coordinate reference system, else by the site. */
export function mapLink(metadata: Metadata): MapLink | null {
  const { epsg, mapConversion, site } = metadata.georeference;
  const unit = mapUnitOf(metadata);
  if (epsg && mapConversion && unit !== null) {
    const factor = unit < SMALLEST_UNIT ? unit : 1;
    const [x, y] = [mapConversion.eastings * factor, mapConversion.northings * factor];
    return { by: "crs", url: `https://epsg.io/map#srs=${epsg}&x=${x.toFixed(3)}&y=${y.toFixed(3)}&z=17` };
  }
  if (!site) return null;
  const { latitude, longitude } = site;
  const place = `mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`;
  return { by: "site", url: `https://www.openstreetmap.org/?${place}` };
}

/** Return the symbol of the map's unit: as the file names it, else of the file's unit if the map has that one. */
export function mapSymbol(metadata: Metadata): string {
  const { units, georeference } = metadata;
  const length = units.assigned?.find(({ type }) => type === "LENGTHUNIT");
  const own = mapUnitOf(metadata) === units.lengthScale ? (length?.symbol ?? length?.name) : null;
  return georeference.crs?.mapUnit?.trim() || own || "m";
}

/** Return degrees with minutes and seconds. */
export function degrees(value: number, positive: string, negative: string): string {
  const seconds = Math.round(Math.abs(value) * 36_000) / 10;
  const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const rest = (seconds % 60).toFixed(1);
  return `${parts[0]}° ${parts[1]}′ ${rest}″ ${value < 0 ? negative : positive}`;
}
