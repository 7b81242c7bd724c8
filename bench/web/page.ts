/** The page that the benchmark drives: one viewer, without the application around it. */
import { Viewer } from "../../web/src/viewer/Viewer";

const picks: unknown[] = [];
const view = document.getElementById("view") as HTMLElement;
const viewer = new Viewer(view, { onPick: (hit) => picks.push(hit) });

/** Load a model; returns the milliseconds of its steps, counted from the end of the download. */
async function load(url: string) {
  const times: Record<string, number> = {};
  const started = performance.now();
  const model = await viewer.load(url, url, {
    signal: new AbortController().signal,
    onProgress: (_loaded, _total, stage) => {
      times[stage] = performance.now() - started;
    },
  });
  times.ready = performance.now() - started;
  await frames(1);
  times.firstImage = performance.now() - started;
  while (!viewer.statistics.settled) await frames(1);
  times.finestImage = performance.now() - started;
  return { times, triangles: model.triangles, elements: model.globalIds.length };
}

/** Wait until so many frames were drawn and finished by the graphics card. */
async function frames(count: number) {
  for (let frame = 0; frame < count; frame++) await new Promise(requestAnimationFrame);
}

/** Bytes of the model's arrays: on the page, and once more on the graphics card. */
function bytes() {
  const { arrays, graphics } = viewer.statistics;
  return { arrays, graphics };
}

const onFrame = (listener: () => void) => viewer.onFrame(listener);
const pick = (x: number, y: number) => viewer.pickAt(x, y) !== null;
Object.assign(window, { viewer, load, frames, picks, bytes, onFrame, pick });
