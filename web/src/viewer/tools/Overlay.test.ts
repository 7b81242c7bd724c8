import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Overlay } from "./Overlay";

/** The strokes on the sheet since it was last cleared. */
let strokes = 0;

beforeEach(() => {
  strokes = 0;
  const pen = new Proxy(
    {
      stroke: () => {
        strokes++;
      },
      clearRect: () => {
        strokes = 0;
      },
    },
    { get: (known, name) => Reflect.get(known, name) ?? (() => undefined), set: () => true },
  );
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(pen as never);
});
afterEach(() => {
  vi.restoreAllMocks();
});

test("an overlay that becomes empty keeps no strokes for a screenshot", () => {
  const place = { x: 1, y: 1 };
  const overlay = new Overlay(document.body, { point: () => place, segment: () => [place, place] });
  overlay.redraw(() => overlay.dot([0, 0, 0], "measure"));
  expect([strokes, overlay.canvas.style.visibility]).toEqual([1, "visible"]);
  overlay.redraw(() => undefined);
  expect([strokes, overlay.canvas.style.visibility]).toEqual([0, "hidden"]);
});
