import { UnreadableModel } from "../types";
import type { Glb } from "./glb";
import type { GltfAccessor, GltfView, MeshoptView } from "./gltf";

/** Decodes one compressed buffer view, as meshoptimizer's decoder does. */
export type DecodeMeshopt = (
  target: Uint8Array,
  count: number,
  size: number,
  source: Uint8Array,
  mode: string,
  filter?: string,
) => void;

const COMPONENTS: Record<string, number> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 };

type Reader = (view: DataView, offset: number) => number;

interface ComponentType {
  bytes: number;
  read: Reader;
  /** Turns a normalized integer into a number. */
  scale: number;
}

const TYPES: Record<number, ComponentType> = {
  5120: { bytes: 1, read: (view, offset) => view.getInt8(offset), scale: 1 / 127 },
  5121: { bytes: 1, read: (view, offset) => view.getUint8(offset), scale: 1 / 255 },
  5122: { bytes: 2, read: (view, offset) => view.getInt16(offset, true), scale: 1 / 32767 },
  5123: { bytes: 2, read: (view, offset) => view.getUint16(offset, true), scale: 1 / 65535 },
  5125: { bytes: 4, read: (view, offset) => view.getUint32(offset, true), scale: 1 },
  5126: { bytes: 4, read: (view, offset) => view.getFloat32(offset, true), scale: 1 },
};

/** Reads accessors of a GLB; compressed views are decoded once. */
export class Accessors {
  private readonly decoded = new Map<number, Uint8Array<ArrayBuffer>>();

  constructor(
    private readonly glb: Glb,
    private readonly decodeMeshopt: DecodeMeshopt | null,
  ) {}

  /** Number of rows of an accessor. */
  count(index: number): number {
    return this.accessor(index).count;
  }

  /** The accessor's numbers as floats; a view of the file where it is packed and aligned. */
  floats(index: number): Float32Array {
    const accessor = this.accessor(index);
    const width = COMPONENTS[accessor.type] ?? 1;
    const { bytes, stride, type } = this.rows(accessor, width);
    if (accessor.componentType === 5126 && stride === width * 4 && bytes.byteOffset % 4 === 0) {
      return new Float32Array(bytes.buffer, bytes.byteOffset, accessor.count * width);
    }
    const scale = accessor.normalized === true ? type.scale : 1;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const floats = new Float32Array(accessor.count * width);
    for (let row = 0, to = 0; row < accessor.count; row++) {
      for (let column = 0; column < width; column++) {
        floats[to++] = Math.max(
          type.read(view, row * stride + column * type.bytes) * scale,
          scale === 1 ? -Infinity : -1,
        );
      }
    }
    return floats;
  }

  /** The accessor's numbers as indices. */
  indices(index: number): Uint32Array | Uint16Array {
    const accessor = this.accessor(index);
    const { bytes, stride, type } = this.rows(accessor, 1);
    if (stride === type.bytes && bytes.byteOffset % type.bytes === 0) {
      if (type.bytes === 2) return new Uint16Array(bytes.buffer, bytes.byteOffset, accessor.count);
      if (type.bytes === 4) return new Uint32Array(bytes.buffer, bytes.byteOffset, accessor.count);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Uint32Array.from({ length: accessor.count }, (_, row) => type.read(view, row * stride));
  }

  /** The bytes of a buffer view, such as those of an image. */
  bytes(index: number): Uint8Array<ArrayBuffer> {
    const view = this.glb.json.bufferViews?.[index];
    if (view === undefined) throw new UnreadableModel(`The GLB has no buffer view ${index}.`);
    const compressed = view.extensions?.EXT_meshopt_compression;
    if (compressed === undefined) return this.slice(view.byteOffset ?? 0, view.byteLength);
    let bytes = this.decoded.get(index);
    if (bytes === undefined) {
      bytes = this.decode(compressed);
      this.decoded.set(index, bytes);
    }
    return bytes;
  }

  private accessor(index: number): GltfAccessor {
    const accessor = this.glb.json.accessors?.[index];
    if (accessor === undefined) throw new UnreadableModel(`The GLB has no accessor ${index}.`);
    return accessor;
  }

  private rows(accessor: GltfAccessor, width: number) {
    const type = TYPES[accessor.componentType];
    if (type === undefined) throw new UnreadableModel(`Unknown component type ${accessor.componentType}.`);
    if (accessor.bufferView === undefined) {
      const zeros = new Uint8Array(accessor.count * width * type.bytes);
      return { bytes: zeros, stride: width * type.bytes, type };
    }
    const view: GltfView | undefined = this.glb.json.bufferViews?.[accessor.bufferView];
    const stride = view?.byteStride ?? width * type.bytes;
    const start = accessor.byteOffset ?? 0;
    const all = this.bytes(accessor.bufferView);
    const end = start + (accessor.count - 1) * stride + width * type.bytes;
    if (accessor.count > 0 && end > all.byteLength) throw new UnreadableModel("An accessor ends outside its buffer.");
    return { bytes: all.subarray(start), stride, type };
  }

  private slice(offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (offset + length > this.glb.binary.byteLength) throw new UnreadableModel("A buffer view ends outside the file.");
    return this.glb.binary.subarray(offset, offset + length);
  }

  private decode(view: MeshoptView): Uint8Array<ArrayBuffer> {
    if (this.decodeMeshopt === null) throw new UnreadableModel("The GLB is compressed, and no decoder was given.");
    const target = new Uint8Array(view.count * view.byteStride);
    const source = this.slice(view.byteOffset ?? 0, view.byteLength);
    this.decodeMeshopt(target, view.count, view.byteStride, source, view.mode, view.filter);
    return target;
  }
}
