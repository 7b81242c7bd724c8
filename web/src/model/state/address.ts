import type { CameraState, Section, Vec3 } from "../../viewer/types";
import type { ElementNumber, Federation } from "../data/Federation";
import { LONGEST, pack, repack, unpack } from "./packed";
import { type ColourBy, type SceneState, START } from "./scene";

/** Selected elements up to this number are in the address by their GlobalIds, so that people can write it. */
const BY_NAME = 10;
const COLUMNS = ["class", "storey", "type", "material", "model"] as const;

/** The state and the camera as the query of an address, and whether all of it fitted. */
export interface Written {
  query: string;
  isComplete: boolean;
}

/** Write the state into the query of an address; parameters of others, such as `with`, stay. */
export function writeAddress(
  federation: Federation,
  state: SceneState,
  camera: CameraState | null,
  before: string,
): Written {
  const query = new URLSearchParams(before);
  let isComplete = true;
  const set = (name: string, value: string | null) => {
    query.delete(name);
    if (value === null || value === "") return;
    if (value.length > LONGEST) isComplete = false;
    else query.set(name, value);
  };
  const setAll = (name: string, values: readonly string[]) => {
    query.delete(name);
    for (const value of values) query.append(name, value);
  };
  const packed = (elements: ReadonlySet<ElementNumber>) => (elements.size > 0 ? pack(federation, elements) : null);
  const isNamed = state.selected.size <= BY_NAME;
  setAll("element", isNamed ? focusFirst(state).map((element) => federation.globalId(element)) : []);
  set("selected", isNamed ? null : packed(state.selected));
  set("alone", packed(new Set([...state.alone].filter((element) => federation.hasParts(element)))));
  set("hidden", packed(state.hidden));
  set("only", state.isolated === null ? null : packed(state.isolated));
  set("xray", state.xray ? "1" : null);
  setAll("class", state.filter.classes);
  setAll("storey", state.filter.storeys);
  setAll("where", state.filter.conditions);
  set("colour", colourText(state.colourBy));
  set("section", sectionText(state.section));
  set("camera", cameraText(camera, state));
  return { query: query.toString(), isComplete };
}

/** Read the state from the query of an address; what is not valid is left out. */
export function readAddress(federation: Federation, search: string): { state: SceneState; camera: CameraState | null } {
  const query = new URLSearchParams(search);
  const named = query.getAll("element").flatMap((globalId) => federation.find(globalId) ?? []);
  const selected = new Set([...named, ...unpack(federation, query.get("selected") ?? "")]);
  const only = query.get("only");
  const camera = readCamera(query.get("camera"));
  const state: SceneState = {
    selected,
    alone: unpack(federation, query.get("alone") ?? ""),
    focus: [...selected][0] ?? null,
    hidden: unpack(federation, query.get("hidden") ?? ""),
    isolated: only === null ? null : unpack(federation, only),
    xray: query.get("xray") === "1",
    filter: {
      classes: query.getAll("class"),
      storeys: query.getAll("storey"),
      conditions: query.getAll("where"),
    },
    colourBy: readColour(query.get("colour")),
    section: readSection(query.get("section")),
    projection: camera?.projection ?? START.projection,
  };
  return { state, camera };
}

/**
 * Return the query of an address that shows `after` instead of `before`, the checksums of models in their order. What
 * is hidden or isolated stays with its model; the camera is left out, as it may not see a new model.
 */
export function withModels(search: string, before: readonly string[], after: readonly string[]): string {
  const query = new URLSearchParams(search);
  const [, ...others] = after;
  query.delete("with");
  query.delete("camera");
  for (const name of ["selected", "alone", "hidden", "only"]) {
    const text = query.get(name);
    if (text === null) continue;
    const packed = repack(text, before, after);
    if (packed === "") query.delete(name);
    else query.set(name, packed);
  }
  if (others.length > 0) query.set("with", others.join(","));
  return query.toString();
}

function focusFirst({ selected, focus }: SceneState): ElementNumber[] {
  return [...selected].sort((first, second) => Number(second === focus) - Number(first === focus));
}

function colourText(colourBy: ColourBy | null): string | null {
  return colourBy === null || typeof colourBy === "string" ? colourBy : `.${colourBy.property}`;
}

function readColour(text: string | null): ColourBy | null {
  if (text === null) return null;
  if (text.startsWith(".") && text.length > 1) return { property: text.slice(1) };
  return COLUMNS.find((column) => column === text) ?? null;
}

function numbersText(numbers: readonly number[]): string {
  return numbers.map((number) => String(Math.round(number * 1000) / 1000)).join(",");
}

function sectionText(section: Section | null): string | null {
  if (section === null) return null;
  const [first, second] = section.kind === "plane" ? [section.point, section.normal] : [section.min, section.max];
  return `${section.kind},${numbersText([...first, ...second])}`;
}

function readSection(text: string | null): Section | null {
  const [kind, ...rest] = text?.split(",") ?? [];
  const vectors = readVectors(rest, 2);
  if (vectors === null) return null;
  const [first, second] = vectors as [Vec3, Vec3];
  if (kind === "plane" && Math.hypot(...second) > 0) return { kind, point: first, normal: second };
  return kind === "box" ? { kind, min: first, max: second } : null;
}

function cameraText(camera: CameraState | null, { projection }: SceneState): string | null {
  if (camera === null) return projection === "perspective" ? null : "o";
  const numbers = numbersText([...camera.position, ...camera.target]);
  if (camera.projection === "perspective") return numbers;
  return `o,${numbers},${numbersText([camera.height ?? 0])}`;
}

function readCamera(text: string | null): CameraState | null {
  const parts = text?.split(",") ?? [];
  const isOrthographic = parts[0] === "o";
  const rest = isOrthographic ? parts.slice(1) : parts;
  const height = Number(rest[6]);
  const vectors = readVectors(rest.slice(0, 6), 2);
  if (vectors === null) return null;
  const [position, target] = vectors as [Vec3, Vec3];
  if (!isOrthographic) return { position, target, projection: "perspective" };
  return { position, target, projection: "orthographic", ...(height > 0 && { height }) };
}

function readVectors(parts: readonly string[], count: number): Vec3[] | null {
  const numbers = parts.map((part) => (part === "" ? Number.NaN : Number(part)));
  if (numbers.length !== count * 3 || !numbers.every(Number.isFinite)) return null;
  return Array.from({ length: count }, (_, place) => numbers.slice(place * 3, place * 3 + 3) as Vec3);
}
