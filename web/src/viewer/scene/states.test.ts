import { expect, test } from "vitest";
import { COLOURED, ElementStates, GHOST, HIDDEN, SELECTED } from "./states";

const NOTHING = {
  hidden: new Set<number>(),
  ghosted: new Set<number>(),
  colours: new Map(),
  selected: new Set<number>(),
};

test("each element has a texel of its colour and its flags", () => {
  const states = new ElementStates(3);
  states.set({ ...NOTHING, hidden: new Set([1]), selected: new Set([2]), colours: new Map([[2, [10, 20, 30]]]) });
  expect([...(states.texture.image.data as Uint8Array).subarray(0, 12)]).toEqual([
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    HIDDEN,
    10,
    20,
    30,
    SELECTED | COLOURED,
  ]);
});

test("a new appearance replaces the one before", () => {
  const states = new ElementStates(2);
  states.set({ ...NOTHING, ghosted: new Set([0]) });
  expect(states.flags(0)).toBe(GHOST);
  states.set({ ...NOTHING, hidden: new Set([1]) });
  expect([states.flags(0), states.flags(1)]).toEqual([0, HIDDEN]);
});

test("the texture has rows enough for all elements, and ignores others", () => {
  const states = new ElementStates(1025);
  expect(states.texture.image).toMatchObject({ width: 1024, height: 2 });
  states.set({ ...NOTHING, hidden: new Set([1024, 5000]) });
  expect(states.flags(1024)).toBe(HIDDEN);
  expect(states.flags(5000)).toBe(0);
});
