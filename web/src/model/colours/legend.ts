import { NATURAL_ORDER } from "../../lib/naturalOrder";
import type { ElementNumber } from "../data/Federation";
import type { Colour } from "../scene/appearance";
import { categoryColour, MOST_CATEGORIES, NO_VALUE, OTHERS, rampColour } from "./palette";

/** The value of an element that colours show. */
export interface Value {
  text: string;
  number: number | null;
  unit: string | null;
}

/** One colour with its elements. */
export interface LegendRow {
  key: string;
  /** A value, or the two ends of a range. */
  label: { value: string } | { from: number; to: number; unit: string | null } | { others: number } | { none: true };
  colour: Colour;
  elements: ElementNumber[];
}

export interface Legend {
  kind: "categories" | "ramp";
  rows: LegendRow[];
}

const BINS = 7;
/** Up to this number of different numbers, each has its own row. */
const FEW_NUMBERS = 8;

/** Make the legend of elements with their values; null for an element without one. */
export function legendOf(values: ReadonlyMap<ElementNumber, Value | null>): Legend {
  const present: [ElementNumber, Value][] = [];
  const without: ElementNumber[] = [];
  for (const [element, value] of values) {
    if (value === null) without.push(element);
    else present.push([element, value]);
  }
  const numbers = present.map(([, value]) => value.number);
  const units = new Set(present.map(([, value]) => value.unit));
  const isNumeric = present.length > 0 && units.size === 1 && numbers.every((number) => number !== null);
  const isRamp = isNumeric && new Set(numbers).size > FEW_NUMBERS;
  const rows = isRamp ? ranges(present, [...units][0] ?? null) : categories(present, isNumeric);
  if (without.length > 0) rows.push({ key: "none", label: { none: true }, colour: NO_VALUE, elements: without });
  return { kind: isNumeric ? "ramp" : "categories", rows };
}

function ranges(present: readonly [ElementNumber, Value][], unit: string | null): LegendRow[] {
  const numbers = present.map(([, value]) => value.number ?? 0);
  const least = numbers.reduce((low, number) => Math.min(low, number), Number.POSITIVE_INFINITY);
  const most = numbers.reduce((high, number) => Math.max(high, number), Number.NEGATIVE_INFINITY);
  const width = (most - least) / BINS;
  const rows = Array.from({ length: BINS }, (_, bin): LegendRow => {
    const label = { from: least + bin * width, to: bin === BINS - 1 ? most : least + (bin + 1) * width, unit };
    return { key: `bin${bin}`, label, colour: rampColour(bin / (BINS - 1)), elements: [] };
  });
  for (const [place, [element]] of present.entries()) {
    const bin = Math.min(Math.floor(((numbers[place] ?? 0) - least) / width), BINS - 1);
    rows[bin]?.elements.push(element);
  }
  return rows;
}

function categories(present: readonly [ElementNumber, Value][], isNumeric: boolean): LegendRow[] {
  const byText = new Map<string, { value: Value; elements: ElementNumber[] }>();
  for (const [element, value] of present) {
    const text = value.unit === null ? value.text : `${value.text} ${value.unit}`;
    const group = byText.get(text);
    if (group === undefined) byText.set(text, { value, elements: [element] });
    else group.elements.push(element);
  }
  const groups = [...byText];
  if (isNumeric) groups.sort(([, first], [, second]) => (first.value.number ?? 0) - (second.value.number ?? 0));
  else groups.sort(([, first], [, second]) => second.elements.length - first.elements.length);
  const isLong = groups.length > MOST_CATEGORIES;
  const shown = isLong ? groups.slice(0, MOST_CATEGORIES - 1) : groups;
  const rows = shown.map(([text, { elements }], place): LegendRow => {
    const colour = isNumeric ? rampColour(place / Math.max(shown.length - 1, 1)) : categoryColour(place);
    return { key: `=${text}`, label: { value: text }, colour, elements };
  });
  if (!isNumeric) rows.sort((first, second) => NATURAL_ORDER.compare(first.key, second.key));
  if (!isLong) return rows;
  const rest = groups.slice(MOST_CATEGORIES - 1);
  const elements = rest.flatMap(([, group]) => group.elements);
  return [...rows, { key: "others", label: { others: rest.length }, colour: OTHERS, elements }];
}

/** Return the colour of each element in a legend. */
export function coloursOf(legend: Legend): Map<ElementNumber, Colour> {
  const colours = new Map<ElementNumber, Colour>();
  for (const row of legend.rows) for (const element of row.elements) colours.set(element, row.colour);
  return colours;
}
