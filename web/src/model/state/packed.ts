import type { ElementNumber, Federation } from "../data/Federation";

/** More would make an address that servers and chats cut. */
export const LONGEST = 6000;

/**
 * Return a set of elements as a short text: per model the STEP ids in base 64, as the distances between them, seven
 * bits per byte. STEP ids stay the same whatever a job left out.
 */
export function pack(federation: Federation, elements: ReadonlySet<ElementNumber>): string {
  return federation.models
    .map((model, place) => {
      const rows = federation.rowsOf(place, elements);
      return encode(rows.map((row) => model.columns.stepId[row] ?? 0).sort((first, second) => first - second));
    })
    .join(".");
}

/** Return the set of elements of a text; what this model does not have is left out. */
export function unpack(federation: Federation, text: string): Set<ElementNumber> {
  const elements = new Set<ElementNumber>();
  for (const [place, part] of text.split(".").entries()) {
    const model = federation.models[place];
    if (model === undefined) break;
    for (const stepId of decode(part)) {
      const row = model.rowsByStepId.get(stepId);
      if (row !== undefined) elements.add(federation.startOf(place) + row);
    }
  }
  return elements;
}

/** Return a text that `pack` made of the models `before` for the models `after`, both by checksum; "" for no elements. */
export function repack(text: string, before: readonly string[], after: readonly string[]): string {
  const parts = text.split(".");
  const moved = after.map((checksum) => parts[before.indexOf(checksum)] ?? "");
  return moved.every((part) => part === "") ? "" : moved.join(".");
}

function encode(numbers: readonly number[]): string {
  const bytes: number[] = [];
  let last = 0;
  for (const number of numbers) {
    let distance = number - last;
    last = number;
    while (distance >= 128) {
      bytes.push((distance % 128) | 128);
      distance = Math.floor(distance / 128);
    }
    bytes.push(distance);
  }
  const binary = bytes.map((byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function decode(text: string): number[] {
  let binary: string;
  try {
    binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return [];
  }
  const numbers: number[] = [];
  let [last, distance, factor] = [0, 0, 1];
  for (const character of binary) {
    const byte = character.charCodeAt(0);
    distance += (byte & 127) * factor;
    factor *= 128;
    if (byte < 128) {
      last += distance;
      numbers.push(last);
      [distance, factor] = [0, 1];
    }
  }
  return numbers;
}
