import type { Gltf, GltfMaterial } from "./gltf";

/** How a material is drawn; batches have one. */
export interface Surface {
  transparent: boolean;
  doubleSided: boolean;
  lit: boolean;
  /** Number of the texture in the model, or -1. */
  texture: number;
}

export interface Paint {
  surface: Surface;
  /** sRGB and alpha, from 0 to 255. */
  colour: [number, number, number, number];
}

const DEFAULT: GltfMaterial = { doubleSided: true };

/** How each material is drawn; the last entry is for primitives without a material. */
export function readPaints(json: Gltf): Paint[] {
  return [...(json.materials ?? []), DEFAULT].map((material) => paintOf(material, json));
}

function paintOf(material: GltfMaterial, json: Gltf): Paint {
  const { baseColorFactor, baseColorTexture } = material.pbrMetallicRoughness ?? {};
  const [red = 1, green = 1, blue = 1, alpha = 1] = baseColorFactor ?? [];
  const texture = baseColorTexture?.index ?? -1;
  return {
    surface: {
      transparent: material.alphaMode !== undefined && material.alphaMode !== "OPAQUE",
      doubleSided: material.doubleSided === true,
      lit: material.extensions?.KHR_materials_unlit === undefined,
      texture: json.textures?.[texture]?.source === undefined ? -1 : texture,
    },
    colour: [toSrgb(red), toSrgb(green), toSrgb(blue), Math.round(alpha * 255)],
  };
}

/** Convert linear light to an sRGB byte (IEC 61966-2-1). */
function toSrgb(linear: number): number {
  const value = linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(Math.min(Math.max(value, 0), 1) * 255);
}
