/** The members of glTF's JSON that the viewer reads. */

export interface Gltf {
  asset?: { extras?: { originShift?: number[] } };
  scene?: number;
  scenes?: { nodes?: number[] }[];
  nodes?: GltfNode[];
  meshes?: { primitives: GltfPrimitive[] }[];
  materials?: GltfMaterial[];
  textures?: { source?: number; sampler?: number }[];
  images?: { bufferView?: number; mimeType?: string }[];
  samplers?: { wrapS?: number; wrapT?: number }[];
  accessors?: GltfAccessor[];
  bufferViews?: GltfView[];
  buffers?: { byteLength: number }[];
  extensionsRequired?: string[];
}

export interface GltfNode {
  children?: number[];
  mesh?: number;
  matrix?: number[];
  translation?: number[];
  rotation?: number[];
  scale?: number[];
  extras?: { globalId?: unknown };
}

export interface GltfPrimitive {
  attributes: Partial<Record<"POSITION" | "NORMAL" | "TEXCOORD_0", number>>;
  indices?: number;
  material?: number;
  mode?: number;
}

export interface GltfMaterial {
  pbrMetallicRoughness?: { baseColorFactor?: number[]; baseColorTexture?: { index: number } };
  doubleSided?: boolean;
  alphaMode?: "OPAQUE" | "MASK" | "BLEND";
  extensions?: Record<string, unknown>;
}

export interface GltfAccessor {
  bufferView?: number;
  byteOffset?: number;
  componentType: number;
  count: number;
  type: string;
  normalized?: boolean;
}

export interface GltfView {
  buffer: number;
  byteOffset?: number;
  byteLength: number;
  byteStride?: number;
  extensions?: { EXT_meshopt_compression?: MeshoptView };
}

export interface MeshoptView {
  byteOffset?: number;
  byteLength: number;
  byteStride: number;
  count: number;
  mode: string;
  filter?: string;
}
