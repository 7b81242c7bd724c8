// biome-ignore-all lint/suspicious/noControlCharactersInRegex: files begin with such bytes
import type { ReasonKey } from "./types";

/** Beginnings of files that users submit by mistake, as Latin-1 text, in the order of the contract's list. */
const SIGNATURES: readonly [RegExp, ReasonKey][] = [
  [/^\xff\xfe\xff\x0eS\0k\0e\0t\0c\0h\0U\0p\0/, "format.skp"],
  [/^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/, "format.rvt"],
  [/^AC10\d\d/, "format.dwg"],
  [/^(\s*0\s*[\r\n]+\s*SECTION\b|AutoCAD Binary DXF|\s*999\s*[\r\n])/, "format.dxf"],
  [/^glTF/, "format.glb"],
  [/^%PDF/, "format.pdf"],
  [/^(7z\xbc\xaf'\x1c|Rar!|\(\xb5\/\xfd|BZh|\xfd7zXZ)/, "format.archive"],
  [/^[\s\S]{257}ustar/, "format.archive"],
  [/^SQLite format 3\0/, "format.sqlite"],
  [/^\x89HDF/, "format.hdf"],
  [/^(Kaydara FBX|; FBX)/, "format.fbx"],
  [/^3D Geometry File Format/, "format.rhino"],
  [/^(LASF|ASTM-E57)/, "format.pointCloud"],
  [/^(\x89PNG|\xff\xd8\xff|GIF8|II\*\0)/, "format.image"],
  [/^(solid |\s*mtllib |\s*#.*\n(?:#.*\n)*(?:mtllib|o|v) )/, "format.mesh"],
  [/^version https:\/\/git-lfs/, "format.lfs"],
  [/^(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body)\b/i, "format.html"],
  [/^\0{64}/, "format.zeros"],
];
const XML: readonly [RegExp, ReasonKey][] = [
  [/ifcxml|buildingsmart-tech\.org\/ifc|iso_10303_28/i, "format.ifcxml"],
  [/(?:)/, "format.xml"],
];
const JSON_TEXT: readonly [RegExp, ReasonKey][] = [
  [/ifcx|ifc5|buildingsmart-community\/ifc5/i, "format.ifcx"],
  [/"asset"\s*:|"(bufferViews|accessors|meshes)"\s*:/, "format.glb"],
  [/ifcjson|"globalId"/i, "format.ifcjson"],
  [/(?:)/, "format.json"],
];
const SUFFIXES: Record<string, ReasonKey> = {
  ...keyed("format.rvt", "rvt", "rfa", "rte"),
  ...keyed("format.navisworks", "nwd", "nwc", "nwf"),
  ...keyed("format.viewer", "xkt", "frag"),
  ...keyed("format.archicad", "pln", "pla", "mod"),
  ...keyed("format.dwg", "dwg"),
  ...keyed("format.dxf", "dxf"),
  ...keyed("format.skp", "skp"),
  ...keyed("format.rhino", "3dm"),
  ...keyed("format.cad", "dgn", "3ds", "blend"),
  ...keyed("format.ifcxml", "ifcxml"),
  ...keyed("format.ifcx", "ifcx"),
  ...keyed("format.glb", "glb", "gltf"),
  ...keyed("format.pdf", "pdf"),
  ...keyed("format.image", "png", "jpg", "jpeg", "tif", "tiff", "gif", "bmp"),
  ...keyed("format.mesh", "stl", "obj"),
  ...keyed("format.fbx", "fbx"),
  ...keyed("format.pointCloud", "las", "laz", "e57"),
  ...keyed("format.archive", "7z", "rar", "tar", "bz2", "xz", "zst"),
};

/** Recognise a format that is not STEP text by its first bytes, then by its name; null when unknown. */
export function otherFormat(head: Uint8Array, name: string): ReasonKey | null {
  // Not TextDecoder: its Latin-1 is windows-1252.
  const bytes = String.fromCharCode(...head);
  for (const [pattern, key] of SIGNATURES) if (pattern.test(bytes)) return key;
  const begun = bytes.replace(/^\xef\xbb\xbf/, "").trimStart();
  for (const [opening, candidates] of [
    ["<", XML],
    ["{", JSON_TEXT],
    ["[", JSON_TEXT],
  ] as const) {
    if (begun.startsWith(opening)) return candidates.find(([pattern]) => pattern.test(begun))?.[1] ?? null;
  }
  const suffix = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return SUFFIXES[suffix] ?? null;
}

function keyed(key: ReasonKey, ...suffixes: string[]): Record<string, ReasonKey> {
  return Object.fromEntries(suffixes.map((suffix) => [suffix, key]));
}
