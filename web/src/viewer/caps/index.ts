/** The faces that close cut solids: loaded with the first section. */
import { Vector3 } from "three";
import type { BatchData, ModelData } from "../decode/modelData";
import type { HalfSpace } from "../scene/clipping";
import { filled, signedArea } from "./areas";
import { Areas, cutPart, type Segments } from "./cutting";
import { type Frame, frameOf } from "./frame";
import { joined, type Loop } from "./loops";

/** Caps lie at least so many metres behind their plane, which would cut them away. */
const BEHIND = 0.002;
/** The graphics card computes in floats: far from the origin, that distance must be larger. */
const FLOAT_STEPS = 2 ** -21;
/** Milliseconds without a pause. */
const PAUSE_AFTER = 15;
const SURFACE = { transparent: false, doubleSided: true, lit: true, texture: -1 };

/** A model in the scene: its data, and how far its centre is from the scene's origin. */
interface Subject {
  data: ModelData;
  offset: Vector3;
}

/**
 * Return the caps of a model in the colours of its elements; null without any, or when they are out of date. Surfaces
 * that are open or transparent get none. The planes are in the axes of the model, from its centre.
 */
export async function capsOf(
  { data, offset }: Subject,
  planes: readonly HalfSpace[],
  isCurrent: () => boolean,
): Promise<BatchData | null> {
  const caps = new Caps(Math.max(BEHIND, offset.length() * FLOAT_STEPS));
  let begin = performance.now();
  for (const plane of planes) {
    const frame = frameOf(plane.normal, plane.height);
    for (let element = 0; element < data.globalIds.length; element++) {
      const { low, high } = reach(data.boxes, element, plane);
      if (low >= 0 || high < 0) continue;
      if (planes.some((other) => reach(data.boxes, element, other).high < 0)) continue; // cut away
      capElement(data, element, frame, caps);
      if (performance.now() - begin < PAUSE_AFTER) continue;
      await new Promise((resolve) => setTimeout(resolve));
      if (!isCurrent()) return null;
      begin = performance.now();
    }
  }
  return caps.batch();
}

/** The lowest and the highest corner of an element's box, above a plane. */
function reach(boxes: Float32Array, element: number, { normal, height }: HalfSpace): { low: number; high: number } {
  let [low, high] = [-height, -height];
  for (const axis of [0, 1, 2]) {
    const [at, factor] = [element * 6 + axis, normal.getComponent(axis)];
    const [a, b] = [factor * (boxes[at] as number), factor * (boxes[at + 3] as number)];
    low += Math.min(a, b);
    high += Math.max(a, b);
  }
  return { low, high };
}

/** What a plane cuts of one part. */
interface Cut {
  loops: Loop[];
  open: Segments;
  colour: Uint8Array;
}

/** The parts of an element have one colour each; a solid with several is closed only by all of them together. */
function capElement({ parts, batches }: ModelData, element: number, frame: Frame, caps: Caps): void {
  const areas = new Areas();
  const cuts: Cut[] = [];
  for (let row = parts.starts[element] as number; row < (parts.starts[element + 1] as number); row++) {
    const [number = 0, first = 0, count = 0] = parts.rows.subarray(row * 3, row * 3 + 3);
    const batch = batches[number] as BatchData;
    const segments = cutPart(batch, first, count, frame, areas);
    if (segments.length === 0 || batch.surface.transparent) continue;
    const vertex = batch.indices[batch.matrices === null ? first : 0] as number;
    cuts.push({ ...joined(segments), colour: batch.colours.subarray(vertex * 4, vertex * 4 + 3) });
  }
  const [outermost] = cuts;
  // The rim of a pit in a terrain is a closed line, too.
  if (outermost === undefined || !areas.areClosed) return;
  const { loops } = joined(cuts.flatMap(({ open }) => open));
  for (const cut of [...withHoles(cuts), { loops, colour: outermost.colour }]) {
    caps.add(cut.loops, element, cut.colour, frame);
  }
}

/** A part that turns the other way than the largest is the inside of a hollow solid: its loops are holes there. */
function withHoles(cuts: readonly Cut[]): Cut[] {
  const sized = cuts.map((cut) => ({ ...cut, size: signedArea(cut.loops) }));
  sized.sort((a, b) => Math.abs(b.size) - Math.abs(a.size));
  const [largest, ...others] = sized;
  for (const { loops, size } of others) {
    if (largest !== undefined && size * largest.size < 0) largest.loops.push(...loops.splice(0));
  }
  return sized;
}

/** Collects caps as one draw call. */
class Caps {
  private readonly positions: number[] = [];
  private readonly colours: number[] = [];
  private readonly elements: number[] = [];

  constructor(private readonly behind: number) {}

  add(loops: readonly Loop[], element: number, [red = 0, green = 0, blue = 0]: Uint8Array, frame: Frame): void {
    const { right, up, normal, height } = frame;
    const base = normal.clone().multiplyScalar(height + this.behind);
    const point = new Vector3();
    for (const { x, y } of filled(loops)) {
      point.copy(base).addScaledVector(right, x).addScaledVector(up, y);
      this.positions.push(point.x, point.y, point.z);
      this.colours.push(red, green, blue, 255);
      this.elements.push(element);
    }
  }

  batch(): BatchData | null {
    if (this.elements.length === 0) return null;
    return {
      surface: SURFACE,
      positions: Float32Array.from(this.positions),
      colours: Uint8Array.from(this.colours),
      normals: null,
      uvs: null,
      indices: Uint32Array.from(this.elements.keys()),
      elements: Uint32Array.from(this.elements),
      matrices: null,
      // One part that is never too small, and never out of view.
      sizes: Float32Array.of(Infinity),
      firsts: Uint32Array.of(0),
      boxes: Float32Array.of(-Infinity, -Infinity, -Infinity, Infinity, Infinity, Infinity),
    };
  }
}
