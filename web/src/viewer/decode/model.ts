import type { Transform, Vec3 } from "../types";
import { applied } from "../vectors";
import { Accessors, type DecodeMeshopt } from "./accessors";
import { BatchMaker } from "./batches";
import { readElements } from "./elements";
import type { Glb } from "./glb";
import { linear, multiply, Y_UP_TO_Z_UP } from "./matrices";
import type { ModelData, Parts, TextureData } from "./modelData";
import { extend, type Group, placed, planBatches } from "./plan";
import { readShapes } from "./shapes";
import { readPaints } from "./surfaces";

/**
 * Decode a GLB and merge its elements. `transform` leads to the axes of the scene, in double precision, before anything
 * is counted from the centre; `onProgress` gets the share that is done.
 */
export function buildModel(
  glb: Glb,
  decodeMeshopt: DecodeMeshopt | null,
  textures: TextureData[],
  transform: Transform | null = null,
  onProgress: (done: number, total: number) => void = () => undefined,
): ModelData {
  const { globalIds, placements } = readElements(
    glb.json,
    transform === null ? Y_UP_TO_Z_UP : multiply(linear(transform), Y_UP_TO_Z_UP),
  );
  const accessors = new Accessors(glb, decodeMeshopt);
  const shapes = readShapes(glb.json, accessors, readPaints(glb.json), new Set(placements.map(({ mesh }) => mesh)));
  const whole = Float64Array.of(Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity);
  for (const { mesh, matrix } of placements) {
    for (const shape of shapes[mesh] ?? []) extend(whole, placed(shape.box, matrix));
  }
  const centre = [0, 1, 2].map((axis) => middle(whole[axis], whole[axis + 3])) as Vec3;
  for (const { matrix } of placements) {
    for (let axis = 0; axis < 3; axis++) matrix[12 + axis] = (matrix[12 + axis] ?? 0) - (centre[axis] ?? 0);
  }
  const groups = planBatches(placements, shapes);
  const maker = new BatchMaker();
  const batches = groups.map((group, index) => {
    onProgress(index, groups.length);
    return maker.make(group);
  });
  const [x = 0, y = 0, z = 0] = glb.json.asset?.extras?.originShift ?? [];
  const originShift: Vec3 = transform === null ? [x, y, z] : applied(transform, [x, y, z]);
  return {
    globalIds,
    batches,
    parts: indexParts(groups, globalIds.length),
    boxes: elementBoxes(groups, globalIds.length),
    centre,
    originShift,
    textures,
    triangles: groups.reduce(
      (sum, { items }) => items.reduce((all, { shape }) => all + shape.indices.length / 3, sum),
      0,
    ),
  };
}

function middle(low = 0, high = 0): number {
  return Number.isFinite(low + high) ? (low + high) / 2 : 0;
}

function indexParts(groups: Group[], elements: number): Parts {
  const starts = new Uint32Array(elements + 1);
  for (const { items } of groups) for (const { element } of items) starts[element + 1] = (starts[element + 1] ?? 0) + 1;
  for (let element = 0; element < elements; element++) {
    starts[element + 1] = (starts[element + 1] ?? 0) + (starts[element] ?? 0);
  }
  const rows = new Uint32Array((starts[elements] ?? 0) * 3);
  const next = starts.slice(0, elements);
  groups.forEach(({ items, instanced }, batch) => {
    let index = 0;
    items.forEach(({ element, shape }, number) => {
      const row = next[element] ?? 0;
      next[element] = row + 1;
      rows.set([batch, instanced ? number : index, shape.indices.length], row * 3);
      index += shape.indices.length;
    });
  });
  return { starts, rows };
}

function elementBoxes(groups: Group[], elements: number): Float32Array<ArrayBuffer> {
  const boxes = new Float32Array(elements * 6);
  for (let element = 0; element < elements; element++) {
    boxes.fill(Infinity, element * 6, element * 6 + 3).fill(-Infinity, element * 6 + 3, element * 6 + 6);
  }
  for (const { items } of groups) {
    for (const { element, box } of items) extend(boxes.subarray(element * 6, element * 6 + 6), box);
  }
  return boxes;
}
