import { UnreadableModel } from "../types";
import type { Gltf } from "./gltf";

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;
/** Extensions that change how a file must be read; a file that needs any other cannot be shown. */
const SUPPORTED = new Set(["KHR_mesh_quantization", "EXT_meshopt_compression", "KHR_materials_unlit"]);

export interface Glb {
  json: Gltf;
  binary: Uint8Array<ArrayBuffer>;
}

/** Split a GLB into its JSON and its binary chunk. Throws UnreadableModel. */
export function parseGlb(file: ArrayBuffer): Glb {
  const view = new DataView(file);
  if (file.byteLength < 20 || view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== 2) {
    throw new UnreadableModel("The file is not a GLB of version 2.");
  }
  let json: Gltf | null = null;
  let binary = new Uint8Array(0);
  for (let offset = 12; offset + 8 <= file.byteLength; ) {
    const length = view.getUint32(offset, true);
    const type = view.getUint32(offset + 4, true);
    const start = offset + 8;
    if (start + length > file.byteLength) throw new UnreadableModel("The GLB is incomplete.");
    if (type === JSON_CHUNK && json === null) json = parseJson(new Uint8Array(file, start, length));
    else if (type === BINARY_CHUNK && binary.length === 0) binary = new Uint8Array(file, start, length);
    offset = start + length;
  }
  if (json === null) throw new UnreadableModel("The GLB has no JSON.");
  const missing = (json.extensionsRequired ?? []).filter((name) => !SUPPORTED.has(name));
  if (missing.length > 0) throw new UnreadableModel(`The GLB needs unsupported extensions: ${missing.join(", ")}.`);
  return { json, binary };
}

function parseJson(bytes: Uint8Array): Gltf {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof parsed === "object" && parsed !== null) return parsed as Gltf;
  } catch {
    // Reported below.
  }
  throw new UnreadableModel("The JSON of the GLB cannot be read.");
}
