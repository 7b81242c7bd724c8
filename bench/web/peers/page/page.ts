/** The viewer of ifcjob, with the same functions as the pages of its peers. */
import { Viewer } from "../../../../web/src/viewer/Viewer";
import type { LoadedModel } from "../../../../web/src/viewer/types";

type Point = [number, number, number];

/** Smaller things are not part of the complete picture, in pixels: as in the viewer's own loop. */
const FINEST = 0.5;
const view = document.getElementById("view") as HTMLElement;
const viewer = new Viewer(view, { onPick: () => {} });
const { stage, rig, loop } = viewer as unknown as Parts;
let model: LoadedModel;

async function load(url: string) {
  model = await viewer.load(url, url, { signal: new AbortController().signal, onProgress: () => {} });
}

/** Look from a point to another, in metres with Y up, as if the user had moved the camera. */
function look(eye: Point, target: Point) {
  const { x, y, z } = stage.toScene(toIfc(eye));
  const middle = stage.toScene(toIfc(target));
  rig.controls.setLookAt(x, y, z, middle.x, middle.y, middle.z, false);
  loop.wake();
}

/** The model is in memory: there is nothing to wait for. */
async function arrive() {}

/** Draw the complete picture at once, in the screen's resolution: at rest, the viewer's own has more pixels. */
function picture() {
  rig.controls.update(0);
  stage.begin(rig, FINEST, 1);
  stage.picture.draw(rig.camera, Infinity);
}

/** Wait for the complete picture. */
async function settle() {
  do await new Promise(requestAnimationFrame);
  while (!viewer.statistics.settled);
}

function box() {
  const { min, max } = model.boxOf(model.globalIds.keys()) ?? { min: [0, 0, 0], max: [0, 0, 0] };
  return [
    [min[0], min[2], -max[1]],
    [max[0], max[2], -min[1]],
  ];
}

const toIfc = ([x, y, z]: Point): Point => [x, -z, y];
const pick = async (x: number, y: number) => viewer.pickAt(x, y) !== null;
Object.assign(window, { load, look, picture, arrive, settle, box, pick, viewer });

/** The parts of the viewer that the benchmark drives directly. */
interface Parts {
  stage: {
    begin(rig: unknown, pixels: number, resolution: number): number;
    picture: { draw(camera: unknown, triangles: number): number };
    toScene(point: Point): { x: number; y: number; z: number };
  };
  rig: {
    camera: unknown;
    controls: { setLookAt(...numbers: [...Point, ...Point, boolean]): unknown; update(seconds: number): boolean };
  };
  loop: { wake(): void };
}
