import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Frames, RenderLoop } from "./RenderLoop";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["requestAnimationFrame", "cancelAnimationFrame", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const GL = { fenceSync: () => null, flush: () => undefined } as unknown as WebGL2RenderingContext;

/** A loop whose camera stands still, and what it began to draw. */
function loopOf() {
  const begun: (number | null)[] = [];
  const after = vi.fn();
  const frames: Frames = {
    move: () => false,
    begin: (_, resolution) => {
      begun.push(resolution);
      return 1;
    },
    draw: () => 1,
    complete: () => true,
    after,
  };
  return { loop: new RenderLoop(GL, frames, () => undefined), begun, after };
}

test("a request draws the finest picture and then rests", () => {
  const { loop, begun, after } = loopOf();
  loop.request();
  vi.advanceTimersByTime(100);
  expect(begun).toEqual([null]);
  expect(after).toHaveBeenCalledExactlyOnceWith(true);
  expect(loop.settled).toBe(true);
});

test("movements draw coarse pictures, and the finest one when they have ended", () => {
  const { loop, begun, after } = loopOf();
  for (let step = 0; step < 3; step++) {
    loop.request(true);
    vi.advanceTimersByTime(40);
  }
  expect(begun).toEqual([1, 1, 1]);
  expect(after).not.toHaveBeenCalledWith(true);
  vi.advanceTimersByTime(400);
  expect(begun).toEqual([1, 1, 1, null]);
  expect(after).toHaveBeenLastCalledWith(true);
});

test("a loop that has ended draws nothing", () => {
  const { loop, begun, after } = loopOf();
  loop.request();
  loop.end();
  loop.request();
  loop.wake();
  vi.advanceTimersByTime(1000);
  expect(begun).toEqual([]);
  expect(after).not.toHaveBeenCalled();
});
