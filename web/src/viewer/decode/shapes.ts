import type { Accessors } from "./accessors";
import type { Gltf, GltfPrimitive } from "./gltf";
import type { Paint } from "./surfaces";

/** The triangles of one material of a mesh, in the mesh's own axes. */
export interface Shape {
  paint: Paint;
  positions: Float32Array;
  normals: Float32Array | null;
  uvs: Float32Array | null;
  indices: Uint32Array | Uint16Array;
  box: Float64Array;
}

const TRIANGLES = 4;

/** Read the shapes of every mesh that `used` names; points and lines are left out. */
export function readShapes(json: Gltf, accessors: Accessors, paints: Paint[], used: Iterable<number>): Shape[][] {
  const shapes: Shape[][] = [];
  for (const mesh of used) {
    const primitives = (json.meshes?.[mesh]?.primitives ?? []).filter((one) => (one.mode ?? TRIANGLES) === TRIANGLES);
    const parts = primitives.map((primitive) => readShape(primitive, accessors, paints));
    const whole = parts.filter((shape) => shape !== null && shape.indices.length > 0) as Shape[];
    // Several materials share the vertices of a mesh; each keeps those it uses.
    shapes[mesh] = whole.length > 1 ? whole.map(compacted) : whole;
  }
  return shapes;
}

function readShape(primitive: GltfPrimitive, accessors: Accessors, paints: Paint[]): Shape | null {
  const { POSITION, NORMAL, TEXCOORD_0 } = primitive.attributes;
  const paint = paints[primitive.material ?? paints.length - 1] ?? paints.at(-1);
  if (POSITION === undefined || paint === undefined) return null;
  const positions = accessors.floats(POSITION);
  const indices =
    primitive.indices === undefined
      ? Uint32Array.from({ length: positions.length / 3 }, (_, index) => index)
      : accessors.indices(primitive.indices);
  return {
    paint,
    positions,
    normals: NORMAL === undefined ? null : accessors.floats(NORMAL),
    uvs: TEXCOORD_0 === undefined || paint.surface.texture < 0 ? null : accessors.floats(TEXCOORD_0),
    indices: inRange(indices, positions.length / 3),
    box: boxOf(positions),
  };
}

/** Leave out an incomplete triangle at the end, and triangles that refer to missing vertices. */
function inRange(indices: Uint32Array | Uint16Array, vertices: number): Uint32Array | Uint16Array {
  const whole = indices.length - (indices.length % 3);
  let largest = -1;
  for (let i = 0; i < whole; i++) largest = Math.max(largest, indices[i] ?? 0);
  if (largest < vertices) return indices.subarray(0, whole);
  const kept: number[] = [];
  for (let i = 0; i < whole; i += 3) {
    const corners = indices.subarray(i, i + 3);
    if (corners.every((corner) => corner < vertices)) kept.push(...corners);
  }
  return Uint32Array.from(kept);
}

function compacted(shape: Shape): Shape {
  const places = new Int32Array(shape.positions.length / 3).fill(-1);
  const used: number[] = [];
  const indices = new Uint32Array(shape.indices.length);
  for (let i = 0; i < indices.length; i++) {
    const vertex = shape.indices[i] ?? 0;
    if (places[vertex] === -1) places[vertex] = used.push(vertex) - 1;
    indices[i] = places[vertex] ?? 0;
  }
  const positions = rowsOf(shape.positions, used, 3);
  return {
    paint: shape.paint,
    positions,
    normals: shape.normals && rowsOf(shape.normals, used, 3),
    uvs: shape.uvs && rowsOf(shape.uvs, used, 2),
    indices,
    box: boxOf(positions),
  };
}

function rowsOf(values: Float32Array, rows: number[], width: number): Float32Array {
  const chosen = new Float32Array(rows.length * width);
  rows.forEach((row, to) => {
    for (let column = 0; column < width; column++) chosen[to * width + column] = values[row * width + column] ?? 0;
  });
  return chosen;
}

function boxOf(positions: Float32Array): Float64Array {
  const box = Float64Array.of(Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity);
  for (let i = 0; i < positions.length; i += 3) {
    for (let axis = 0; axis < 3; axis++) {
      const value = positions[i + axis] ?? 0;
      if (value < (box[axis] ?? 0)) box[axis] = value;
      if (value > (box[axis + 3] ?? 0)) box[axis + 3] = value;
    }
  }
  return box;
}
