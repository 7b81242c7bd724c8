import type { Colour } from "../scene/appearance";

/** Colours that can be told apart on light and on dark ground; none is orange, the colour of the selection. */
const CATEGORIES: readonly string[] = [
  ...["#3b7dd8", "#e0c52e", "#d64545", "#2fa089", "#9a5fd0", "#7cb342", "#e377b8", "#8d6548", "#29b6d8", "#f2a0a0"],
  ...["#5c6bc0", "#8a8f1f", "#a1345e", "#1f7a4d", "#c49cf0", "#b5e08f", "#7a4fb0", "#c9ab8e", "#8fc9e8", "#b05a7a"],
];
/** Viridis without its dark end, which dark ground would swallow. */
const RAMP: readonly string[] = [
  "#472d7b",
  "#3b528b",
  "#2c728e",
  "#21918c",
  "#28ae80",
  "#5ec962",
  "#addc30",
  "#fde725",
];

/** Elements without a value, and values beyond the palette. */
export const NO_VALUE: Colour = [214, 214, 214];
export const OTHERS: Colour = [92, 84, 78];
export const MOST_CATEGORIES = CATEGORIES.length;

/** Return the colour of a category. */
export function categoryColour(place: number): Colour {
  return parse(CATEGORIES[place % CATEGORIES.length] ?? "#000000");
}

/** Return the colour of a share from 0 to 1 on the ramp. */
export function rampColour(share: number): Colour {
  const place = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1);
  const low = parse(RAMP[Math.floor(place)] ?? "#000000");
  const high = parse(RAMP[Math.ceil(place)] ?? "#000000");
  const part = place - Math.floor(place);
  return low.map((value, channel) => Math.round(value + ((high[channel] ?? 0) - value) * part)) as Colour;
}

/** Return a colour for CSS. */
export function cssColour(colour: Colour): string {
  return `rgb(${colour.join(" ")})`;
}

function parse(hex: string): Colour {
  return [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16)) as Colour;
}
