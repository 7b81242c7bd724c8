// web-ifc as a GLB converter: node glb.js IN.ifc OUT.glb
// The shortest writer that is fair to the engine: its interleaved buffers go to the file as they are, and a
// geometry placed more than once is stored once (web-ifc already gives such placements one geometry id).
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { IfcAPI, LogLevel } from "web-ifc";

const [source, target] = process.argv.slice(2);
const api = new IfcAPI();
await api.Init();
// Thousands of engine warnings on a terminal would be measured as engine time.
api.SetLogLevel(LogLevel.LOG_LEVEL_OFF);
const model = api.OpenModel(new Uint8Array(readFileSync(source)));

const blobs = [];
const gltf = {
  asset: { version: "2.0", generator: "web-ifc" },
  scene: 0,
  scenes: [{ nodes: [0] }],
  nodes: [{ children: [] }],
  meshes: [],
  materials: [],
  accessors: [],
  bufferViews: [],
  buffers: [{ byteLength: 0 }],
};

function view(array, fields) {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  blobs.push(bytes);
  gltf.bufferViews.push({ buffer: 0, byteOffset: gltf.buffers[0].byteLength, byteLength: bytes.length, ...fields });
  gltf.buffers[0].byteLength += bytes.length;
  return gltf.bufferViews.length - 1;
}

function bounds(vertices) {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < vertices.length; i += 6) {
    for (let axis = 0; axis < 3; axis++) {
      const value = vertices[i + axis];
      if (value < min[axis]) min[axis] = value;
      if (value > max[axis]) max[axis] = value;
    }
  }
  return { min, max };
}

// Wasm memory moves when it grows, hence slice(): a view would not survive the next element.
function primitive(geometryId) {
  const geometry = api.GetGeometry(model, geometryId);
  const vertices = api.GetVertexArray(geometry.GetVertexData(), geometry.GetVertexDataSize()).slice();
  const indices = api.GetIndexArray(geometry.GetIndexData(), geometry.GetIndexDataSize()).slice();
  geometry.delete();
  if (indices.length === 0) return null;
  const bufferView = view(vertices, { byteStride: 24, target: 34962 });
  const count = vertices.length / 6;
  const at = gltf.accessors.length;
  gltf.accessors.push(
    { bufferView, componentType: 5126, count, type: "VEC3", ...bounds(vertices) },
    { bufferView, byteOffset: 12, componentType: 5126, count, type: "VEC3" },
    { bufferView: view(indices, { target: 34963 }), componentType: 5125, count: indices.length, type: "SCALAR" },
  );
  return { attributes: { POSITION: at, NORMAL: at + 1 }, indices: at + 2 };
}

function remember(cache, key, make) {
  if (!cache.has(key)) cache.set(key, make());
  return cache.get(key);
}

function material({ x, y, z, w }) {
  const transparency = w < 1 ? { alphaMode: "BLEND" } : {};
  const pbrMetallicRoughness = { baseColorFactor: [x, y, z, w], metallicFactor: 0 };
  return gltf.materials.push({ pbrMetallicRoughness, doubleSided: true, ...transparency }) - 1;
}

const primitives = new Map();
const materials = new Map();
const meshes = new Map();
// Spaces and openings are left out by web-ifc itself.
api.StreamAllMeshes(model, (element) => {
  const children = [];
  for (let i = 0; i < element.geometries.size(); i++) {
    const { geometryExpressID: id, color, flatTransformation: matrix } = element.geometries.get(i);
    const shape = remember(primitives, id, () => primitive(id));
    if (shape === null) continue;
    const paint = `${color.x},${color.y},${color.z},${color.w}`;
    const mesh = remember(meshes, `${id} ${paint}`, () => {
      const index = remember(materials, paint, () => material(color));
      return gltf.meshes.push({ primitives: [{ ...shape, material: index }] }) - 1;
    });
    children.push(gltf.nodes.push({ mesh, matrix: Array.from(matrix) }) - 1);
  }
  if (children.length > 0) {
    gltf.nodes[0].children.push(gltf.nodes.push({ name: String(element.expressID), children }) - 1);
  }
});

const json = Buffer.from(JSON.stringify(gltf));
const padded = Buffer.concat([json, Buffer.alloc(-json.length & 3, " ")]);
const binary = gltf.buffers[0].byteLength;
const header = Buffer.alloc(20);
[0x46546c67, 2, 28 + padded.length + binary, padded.length, 0x4e4f534a].forEach((word, i) => header.writeUInt32LE(word, 4 * i));
const chunk = Buffer.alloc(8);
[binary, 0x004e4942].forEach((word, i) => chunk.writeUInt32LE(word, 4 * i));
const file = openSync(target, "w");
for (const bytes of [header, padded, chunk, ...blobs]) {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}
closeSync(file);
console.log(JSON.stringify({ elements: gltf.nodes[0].children.length, meshes: gltf.meshes.length }));
