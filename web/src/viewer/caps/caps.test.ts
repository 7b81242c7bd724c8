import { Vector3 } from "three";
import { expect, test } from "vitest";
import type { BatchData, ModelData } from "../decode/modelData";
import { elementNode, GLASS, GlbBuilder, RED } from "../testing/glb";
import { modelOf } from "../testing/model";
import { capsOf } from ".";

type Corners = [number, number, number, number, number, number];

interface Solid {
  positions: number[];
  indices: number[];
}

/** Triangles of a box, seen from outside: two per side, the lower side last. */
const SIDES = [
  1, 3, 7, 1, 7, 5, 0, 4, 6, 0, 6, 2, 2, 6, 7, 2, 7, 3, 0, 1, 5, 0, 5, 4, 4, 5, 7, 4, 7, 6, 0, 2, 3, 0, 3, 1,
];

function box([x1, y1, z1, x2, y2, z2]: Corners): Solid {
  const positions = Array.from({ length: 8 }, (_, i) => [i & 1 ? x2 : x1, i & 2 ? y2 : y1, i & 4 ? z2 : z1]).flat();
  return { positions, indices: SIDES };
}

function turnedInside({ positions, indices }: Solid): Solid {
  return { positions, indices: [...indices].reverse() };
}

function together(...solids: Solid[]): Solid {
  const positions = solids.flatMap((solid) => solid.positions);
  let first = 0;
  const indices = solids.flatMap((solid) => {
    const moved = solid.indices.map((index) => index + first);
    first += solid.positions.length / 3;
    return moved;
  });
  return { positions, indices };
}

/** Make a model whose elements are meshes of solids, each with a material. */
function model(meshes: [Solid, number][][], nodes = meshes.map((_, mesh) => ({ mesh }))): ModelData {
  const builder = new GlbBuilder();
  const written = meshes.map((solids) => ({
    primitives: solids.map(([{ positions, indices }, material]) => ({
      attributes: { POSITION: builder.accessor(upright(positions), "VEC3") },
      indices: builder.accessor(Uint16Array.from(indices), "SCALAR"),
      material,
    })),
  }));
  const children = nodes.map((node, number) => elementNode(`element ${number}`, node));
  return modelOf(
    builder.write({
      scenes: [{ nodes: [0] }],
      nodes: [{ children: children.map((_, number) => number + 1) }, ...children],
      meshes: written,
      materials: [RED, BLUE, GLASS],
    }),
  );
}

const BLUE = { pbrMetallicRoughness: { baseColorFactor: [0, 0, 1, 1] } };

/** In glTF, Y is up. */
function upright(positions: number[]): Float32Array {
  return Float32Array.from(positions, (_, at) => {
    const [x = 0, y = 0, z = 0] = positions.slice(at - (at % 3), at - (at % 3) + 3);
    return [x, z, -y][at % 3] ?? 0;
  });
}

/** Cut a model by planes, each as its normal and its distance from the origin. */
function cutBy(data: ModelData, planes: [Vector3, number][], offset = new Vector3()): Promise<BatchData | null> {
  const centre = new Vector3(...data.centre);
  const local = planes.map(([normal, height]) => ({ normal, height: height - normal.dot(centre) }));
  return capsOf({ data, offset }, local, () => true);
}

/** Cut a model at a height, so that what is above stays. */
function cutAt(data: ModelData, height: number): Promise<BatchData | null> {
  return cutBy(data, [[new Vector3(0, 0, 1), height]]);
}

/** The area of caps, in square metres: what is filled twice counts twice. */
function areaOf(caps: BatchData | null): number {
  let area = 0;
  for (let vertex = 0; vertex < (caps?.indices.length ?? 0); vertex += 3) {
    const [a, b, c] = [0, 1, 2].map((corner) => new Vector3().fromArray(caps?.positions ?? [], (vertex + corner) * 3));
    if (a && b && c) area += b.sub(a).cross(c.sub(a)).length() / 2;
  }
  return area;
}

const HOUSE = box([0, 0, 0, 4, 2, 3]);

test("a cut solid is closed in its colour, at the plane", async () => {
  const data = model([[[HOUSE, 0]]]);
  const caps = await cutAt(data, 1);
  expect(areaOf(caps)).toBeCloseTo(8, 4);
  expect([...(caps?.colours.subarray(0, 4) ?? [])]).toEqual([255, 0, 0, 255]);
  for (const at of caps?.indices ?? []) {
    expect((caps?.positions[at * 3 + 2] ?? 0) + data.centre[2]).toBeCloseTo(1.002, 4);
  }
});

test("what the plane does not meet has no caps", async () => {
  expect(await cutAt(model([[[HOUSE, 0]]]), 3.5)).toBeNull();
});

test("a solid that lacks a side is not closed", async () => {
  const open = { ...HOUSE, indices: SIDES.slice(6) };
  expect(await cutAt(model([[[open, 0]]]), 1)).toBeNull();
});

test("a pit in a terrain is not closed", async () => {
  const sheet = [0, 0, 2, 4, 0, 2, 4, 4, 2, 0, 4, 2];
  const pit = [1, 1, 2, 3, 1, 2, 3, 3, 2, 1, 3, 2, 2, 2, 0];
  const around = [0, 1, 5, 0, 5, 4, 1, 2, 6, 1, 6, 5, 2, 3, 7, 2, 7, 6, 3, 0, 4, 3, 4, 7];
  const sides = [4, 5, 8, 5, 6, 8, 6, 7, 8, 7, 4, 8];
  const terrain = { positions: [...sheet, ...pit], indices: [...around, ...sides] };
  expect(await cutAt(model([[[terrain, 0]]]), 1)).toBeNull();
});

test("the inside of a hollow solid is a hole in any colour", async () => {
  const inside = turnedInside(box([1, 0.5, 0.5, 3, 1.5, 2]));
  const data = model([
    [
      [inside, 1],
      [HOUSE, 0],
    ],
  ]);
  const caps = await cutAt(data, 1);
  expect(areaOf(caps)).toBeCloseTo(8 - 2, 4);
  expect([...(caps?.colours.subarray(0, 3) ?? [])]).toEqual([255, 0, 0]);
});

test("what another plane cuts away has no caps", async () => {
  const data = model([[[HOUSE, 0]], [[box([10, 0, 0, 14, 2, 3]), 0]]]);
  const up: [Vector3, number] = [new Vector3(0, 0, 1), 1];
  expect(areaOf(await cutBy(data, [up, [new Vector3(1, 0, 0), 5]]))).toBeCloseTo(8, 4);
});

test("caps far from the origin of the scene are farther behind their plane", async () => {
  const data = model([[[HOUSE, 0]]]);
  const caps = await cutBy(data, [[new Vector3(0, 0, 1), 1]], new Vector3(5e6, 0, 0));
  expect((caps?.positions[2] ?? 0) + data.centre[2]).toBeGreaterThan(1.5);
});

test("a hollow solid keeps its hole, and what is inside of the hole", async () => {
  const hole = turnedInside(box([1, 0.5, 0.5, 3, 1.5, 2]));
  const core = box([1.5, 0.75, 0.75, 2, 1, 1.5]);
  expect(areaOf(await cutAt(model([[[together(HOUSE, hole, core), 0]]]), 1))).toBeCloseTo(8 - 2 + 0.125, 4);
});

test("solids that touch in a side or in an edge are closed both", async () => {
  const beside = box([4, 0, 0, 5, 2, 3]);
  const across = box([5, 2, 0, 6, 3, 3]);
  expect(areaOf(await cutAt(model([[[together(HOUSE, beside, across), 0]]]), 1))).toBeCloseTo(8 + 2 + 1, 4);
});

test("sides of several colours close a solid together", async () => {
  const sides: [Solid, number][] = [
    [{ ...HOUSE, indices: SIDES.slice(0, 6) }, 0],
    [{ ...HOUSE, indices: SIDES.slice(6) }, 1],
  ];
  expect(areaOf(await cutAt(model([sides]), 1))).toBeCloseTo(8, 4);
});

test("a side that is divided beside one that is whole closes the solid", async () => {
  // The side at x = 4 has a point more on its edge at y = 0, which the side there has not.
  const positions = [...HOUSE.positions, 4, 0, 1.3];
  const indices = [8, 3, 7, 8, 7, 5, 1, 3, 8, ...SIDES.slice(6)];
  const data = model([[[{ positions, indices }, 0]]]);
  for (const height of [1, 1.3, 2]) expect(areaOf(await cutAt(data, height))).toBeCloseTo(8, 4);
});

test("a solid whose sides look inward is closed", async () => {
  expect(areaOf(await cutAt(model([[[turnedInside(HOUSE), 0]]]), 1))).toBeCloseTo(8, 4);
});

test("glass has no caps", async () => {
  expect(await cutAt(model([[[HOUSE, 2]]]), 1)).toBeNull();
});

test("instances of one shape are closed where they are", async () => {
  const nodes = Array.from({ length: 400 }, (_, number) => ({ mesh: 0, translation: [number * 5, 0, 0] }));
  const data = model([[[HOUSE, 0]]], nodes);
  expect(data.batches[0]?.matrices).not.toBeNull();
  const caps = await cutAt(data, 1);
  expect(areaOf(caps)).toBeCloseTo(400 * 8, 0);
  expect(new Set(caps?.elements).size).toBe(400);
});

test("a cut through corners is closed", async () => {
  expect(areaOf(await cutAt(model([[[HOUSE, 0]]]), 3))).toBeCloseTo(8, 4);
  const slanted = new Vector3(1, 1, 1).normalize();
  const data = model([[[box([0, 0, 0, 1, 1, 1]), 0]]]);
  expect(areaOf(await cutBy(data, [[slanted, slanted.x]]))).toBeCloseTo(Math.sqrt(3) / 2, 4);
});
