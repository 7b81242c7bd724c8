import { MeshoptDecoder } from "meshoptimizer/decoder";
import { MeshoptEncoder } from "meshoptimizer/encoder";
import { beforeAll, expect, test } from "vitest";
import { elementNode, GLASS, GlbBuilder, RED, SQUARE, SQUARE_INDICES, squares } from "../testing/glb";
import { modelOf, verticesOf } from "../testing/model";
import { type Transform, UnreadableModel } from "../types";

beforeAll(async () => {
  await MeshoptDecoder.ready;
  await MeshoptEncoder.ready;
});

/** The square in IFC axes: glTF's Y is IFC's Z. */
const WORLD_SQUARE = [
  [0, 0, 0],
  [1, 0, 0],
  [1, 0, 1],
  [0, 0, 0],
  [1, 0, 1],
  [0, 0, 1],
];

test("numbers elements in the order of the scene and knows their GlobalIds", () => {
  const model = modelOf(squares([elementNode("A", { mesh: 0 }), elementNode("B"), elementNode("C", { mesh: 0 })]));
  expect(model.globalIds).toEqual(["A", "C"]);
  expect(model.triangles).toBe(4);
});

test("counts nodes below an element without a GlobalId of their own as its parts", () => {
  const file = squares([elementNode("A", { children: [2, 3] }), { mesh: 0 }, { mesh: 0, translation: [5, 0, 0] }]);
  const model = modelOf(withoutRootChildren(file, [1]));
  expect(model.globalIds).toEqual(["A"]);
  expect(verticesOf(model, 0)).toHaveLength(12);
});

test("places vertices by the matrices of all ancestors, in IFC axes", () => {
  const model = modelOf(squares([elementNode("A", { mesh: 0, translation: [10, 2, -3], scale: [2, 1, 1] })]));
  expect(verticesOf(model, 0)).toEqual(WORLD_SQUARE.map(([x = 0, y = 0, z = 0]) => [x * 2 + 10, y + 3, z + 2]));
});

test("moves every element only once to the centre of the model", () => {
  const model = modelOf(squares([elementNode("A", { mesh: 0 }), elementNode("B", { mesh: 0 })]));
  expect(verticesOf(model, 0)).toEqual(WORLD_SQUARE);
  expect(verticesOf(model, 1)).toEqual(WORLD_SQUARE);
});

test("transforms everything about the origin of the file, not of the GLB", () => {
  const asset = { version: "2.0", extras: { originShift: [3_000_000, 1_000_000, 50] } };
  const file = squares([elementNode("A", { mesh: 0, translation: [10, 2, -3] })], [RED], { asset });
  // X goes to Y, Y to -X, and then everything 999 990 m to the right.
  const axes: Transform["axes"] = [[0, 1, 0], [-1, 0, 0], [0, 0, 1]]; // biome-ignore format: a matrix
  const model = modelOf(file, { axes, origin: [999_990, -3_000_000, 0] });
  const inScene = verticesOf(model, 0).map((vertex) =>
    vertex.map((value, axis) => value + (model.originShift[axis] ?? 0)),
  );
  expect(inScene).toEqual(WORLD_SQUARE.map(([x = 0, y = 0, z = 0]) => [-10 - (y + 3), x + 10, z + 52]));
});

test("transforms normals like vertices", () => {
  const builder = new GlbBuilder();
  const POSITION = builder.accessor(SQUARE, "VEC3");
  const NORMAL = builder.accessor(Float32Array.of(0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1), "VEC3");
  const indices = builder.accessor(SQUARE_INDICES, "SCALAR");
  const meshes = [{ primitives: [{ attributes: { POSITION, NORMAL }, indices }] }];
  const file = builder.write({ scenes: [{ nodes: [0] }], nodes: [elementNode("A", { mesh: 0 })], meshes });
  const axes: Transform["axes"] = [[0, 2, 0], [-2, 0, 0], [0, 0, 2]]; // biome-ignore format: a matrix
  const model = modelOf(file, { axes, origin: [0, 0, 0] });
  // The square looks at the front, -Y, which goes to X.
  expect([...(model.batches[0]?.normals ?? [])].slice(0, 3)).toEqual([127, 0, 0]);
  expect(model.batches[0]?.sizes[0]).toBeCloseTo(2 * Math.SQRT2, 6);
});

test("turns the triangles of a mirrored element round", () => {
  const model = modelOf(squares([elementNode("A", { mesh: 0, scale: [-1, 1, 1] })]));
  expect(verticesOf(model, 0).slice(0, 3)).toEqual([
    [0, 0, 0],
    [-1, 0, 1],
    [-1, 0, 0],
  ]);
});

test("keeps colours as sRGB, and gives transparent surfaces their own batch", () => {
  const builder = new GlbBuilder();
  const POSITION = builder.accessor(SQUARE, "VEC3");
  const indices = builder.accessor(SQUARE_INDICES, "SCALAR");
  const primitives = [0, 1].map((material) => ({ attributes: { POSITION }, indices, material }));
  const members = { scenes: [{ nodes: [0] }], nodes: [elementNode("A", { mesh: 0 })], meshes: [{ primitives }] };
  const { batches, parts } = modelOf(builder.write({ ...members, materials: [RED, GLASS] }));
  expect(batches.map(({ surface }) => surface.transparent)).toEqual([false, true]);
  expect([...(batches[0]?.colours.subarray(0, 4) ?? [])]).toEqual([255, 0, 0, 255]);
  expect([...(batches[1]?.colours.subarray(0, 4) ?? [])]).toEqual([0, 0, 127, 128]);
  expect([...parts.starts]).toEqual([0, 2]);
});

test("reads quantized positions", () => {
  const builder = new GlbBuilder();
  const coordinates = Uint16Array.of(0, 0, 0, 0, 1000, 0, 0, 0, 1000, 1000, 0, 0, 0, 1000, 0, 0);
  const bufferView = builder.view(new Uint8Array(coordinates.buffer), { byteStride: 8 });
  const POSITION = builder.describe({ bufferView, componentType: 5123, count: 4, type: "VEC3" });
  const indices = builder.accessor(SQUARE_INDICES, "SCALAR");
  const node = elementNode("A", { mesh: 0, scale: [0.001, 0.001, 0.001] });
  const meshes = [{ primitives: [{ attributes: { POSITION }, indices }] }];
  const members = { scenes: [{ nodes: [0] }], nodes: [node], meshes };
  const file = builder.write({ ...members, extensionsRequired: ["KHR_mesh_quantization"] });
  expect(verticesOf(modelOf(file), 0)).toEqual(WORLD_SQUARE);
});

test("reads views that meshoptimizer compressed", () => {
  const builder = new GlbBuilder();
  const compress = (rows: Uint8Array, count: number, byteStride: number, mode: "ATTRIBUTES" | "TRIANGLES") => {
    const encoded = MeshoptEncoder.encodeGltfBuffer(rows, count, byteStride, mode, 0);
    const view = builder.view(encoded);
    const { byteOffset } = builder.bufferViews[view] as { byteOffset: number };
    const extension = { buffer: 0, byteOffset, byteLength: encoded.length, byteStride, count, mode };
    Object.assign(builder.bufferViews[view] as object, {
      byteLength: count * byteStride,
      extensions: { EXT_meshopt_compression: extension },
    });
    return view;
  };
  const positions = compress(new Uint8Array(SQUARE.buffer), 4, 12, "ATTRIBUTES");
  const triangles = compress(new Uint8Array(SQUARE_INDICES.buffer), 6, 2, "TRIANGLES");
  const POSITION = builder.describe({ bufferView: positions, componentType: 5126, count: 4, type: "VEC3" });
  const indices = builder.describe({ bufferView: triangles, componentType: 5123, count: 6, type: "SCALAR" });
  const meshes = [{ primitives: [{ attributes: { POSITION }, indices }] }];
  const members = { scenes: [{ nodes: [0] }], nodes: [elementNode("A", { mesh: 0 })], meshes };
  const model = modelOf(builder.write({ ...members, extensionsRequired: ["EXT_meshopt_compression"] }));
  expect(sorted(verticesOf(model, 0))).toEqual(sorted(WORLD_SQUARE));
});

test("refuses files that it cannot show", () => {
  expect(() => modelOf(new TextEncoder().encode("not a model, but a text").buffer)).toThrow(UnreadableModel);
  expect(() => modelOf(new GlbBuilder().write({ extensionsRequired: ["KHR_draco_mesh_compression"] }))).toThrow(
    /KHR_draco_mesh_compression/,
  );
  const cut = squares([elementNode("A", { mesh: 0 })]);
  expect(() => modelOf(cut.slice(0, cut.byteLength - 8))).toThrow(/incomplete/);
});

test("refuses a node that contains itself", () => {
  const file = new GlbBuilder().write({ scenes: [{ nodes: [0] }], nodes: [{ children: [1] }, { children: [0] }] });
  expect(() => modelOf(file)).toThrow(UnreadableModel);
});

function sorted(vertices: number[][]): string[] {
  return vertices.map((vertex) => vertex.join()).sort();
}

/** The file with other children of its root; `squares` makes all nodes children. */
function withoutRootChildren(file: ArrayBuffer, children: number[]): ArrayBuffer {
  const text = new TextDecoder("latin1").decode(file);
  const old = /"name":"IFC","children":\[[\d,]*\]/.exec(text)?.[0] ?? "";
  const changed = text.replace(old, `"name":"IFC","children":[${children}]`.padEnd(old.length));
  return Uint8Array.from(changed, (character) => character.charCodeAt(0)).buffer;
}
