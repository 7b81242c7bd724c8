/** Small GLBs for tests, written by hand. */

const TYPES = new Map<unknown, number>([
  [Float32Array, 5126],
  [Uint16Array, 5123],
  [Uint8Array, 5121],
  [Int8Array, 5120],
]);

type Numbers = Float32Array | Uint16Array | Uint8Array | Int8Array;

/** Collects the accessors of a GLB, and writes it. */
export class GlbBuilder {
  private readonly chunks: Uint8Array[] = [];
  private size = 0;
  readonly bufferViews: object[] = [];
  readonly accessors: object[] = [];

  /** Add bytes; returns the number of their buffer view. */
  view(bytes: Uint8Array, members: object = {}): number {
    this.bufferViews.push({ buffer: 0, byteOffset: this.size, byteLength: bytes.byteLength, ...members });
    const padded = new Uint8Array(bytes.byteLength + (-bytes.byteLength & 3));
    padded.set(bytes);
    this.chunks.push(padded);
    this.size += padded.byteLength;
    return this.bufferViews.length - 1;
  }

  /** Add numbers; returns the number of their accessor. */
  accessor(numbers: Numbers, type: "SCALAR" | "VEC2" | "VEC3", members: object = {}): number {
    const width = { SCALAR: 1, VEC2: 2, VEC3: 3 }[type];
    const bufferView = this.view(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    const count = numbers.length / width;
    return this.describe({ bufferView, componentType: TYPES.get(numbers.constructor), count, type, ...members });
  }

  /** Add an accessor's description; returns its number. */
  describe(accessor: object): number {
    return this.accessors.push(accessor) - 1;
  }

  write(members: object): ArrayBuffer {
    const { bufferViews, accessors } = this;
    const document = {
      asset: { version: "2.0" },
      bufferViews,
      accessors,
      buffers: [{ byteLength: this.size }],
      ...members,
    };
    const json = new TextEncoder().encode(JSON.stringify(document));
    const text = new Uint8Array(json.length + (-json.length & 3)).fill(0x20);
    text.set(json);
    const file = new Uint8Array(28 + text.length + this.size);
    const head = new DataView(file.buffer);
    for (const [offset, value] of [0x46546c67, 2, file.length, text.length, 0x4e4f534a].entries()) {
      head.setUint32(offset * 4, value, true);
    }
    file.set(text, 20);
    head.setUint32(20 + text.length, this.size, true);
    head.setUint32(24 + text.length, 0x004e4942, true);
    let offset = 28 + text.length;
    for (const chunk of this.chunks) {
      file.set(chunk, offset);
      offset += chunk.length;
    }
    return file.buffer;
  }
}

/** The corners and triangles of the square from (0, 0) to (1, 1) in the plane of X and Z, as glTF has them: Y is up. */
export const SQUARE = Float32Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0);
export const SQUARE_INDICES = Uint16Array.of(0, 1, 2, 0, 2, 3);

export const RED = { pbrMetallicRoughness: { baseColorFactor: [1, 0, 0, 1] }, doubleSided: true };
export const GLASS = {
  pbrMetallicRoughness: { baseColorFactor: [0, 0, 0.2140411, 0.5] },
  doubleSided: true,
  alphaMode: "BLEND",
};

/** A node that is an element. */
export function elementNode(globalId: string, members: object = {}): object {
  return { name: globalId, extras: { globalId, class: "IfcWall", name: `Wall ${globalId}` }, ...members };
}

/** A GLB with one square as mesh 0, red, and these nodes below a root. */
export function squares(nodes: object[], materials: object[] = [RED], members: object = {}): ArrayBuffer {
  const builder = new GlbBuilder();
  const POSITION = builder.accessor(SQUARE, "VEC3");
  const indices = builder.accessor(SQUARE_INDICES, "SCALAR");
  return builder.write({
    scenes: [{ nodes: [0] }],
    nodes: [{ name: "IFC", children: nodes.map((_, index) => index + 1) }, ...nodes],
    meshes: [{ primitives: [{ attributes: { POSITION }, indices, material: 0 }] }],
    materials,
    ...members,
  });
}
