import { otherFormat } from "./formats";
import type { Reason, ReasonKey } from "./types";

/** Endings of the files that can be IFC, as the API has them. */
export const SUFFIXES = [".ifc", ".ifczip", ".ifc.gz", ".zip", ".gz"];
const HEAD_BYTES = 4096;
const TAIL_BYTES = 2 ** 16 + 128;

/** Return why the API would refuse a file by its name and size alone; null when it would not. */
export function refusedByName(name: string, size: number, maxBytes: number | null): Reason | null {
  if (!SUFFIXES.some((suffix) => name.toLowerCase().endsWith(suffix))) {
    return text(otherFormat(new Uint8Array(), name) ?? "suffix");
  }
  if (size === 0) return text("empty");
  if (maxBytes !== null && size > maxBytes) return { kind: "text", key: "tooLarge", values: { size, limit: maxBytes } };
  return null;
}

/** Return why the API would refuse a file by its first and last bytes; null when it would not, or is not sure. */
export async function refusedByContent(file: Blob, name: string): Promise<Reason | null> {
  const head = await bytesOf(file, 0, HEAD_BYTES);
  if (isZip(head) || isGzip(head) || isWideText(head)) return null;
  const beginning = latin1(head);
  const format = otherFormat(head, name);
  if (format !== null) return text(format);
  if (!/ISO-10303-21|FILE_SCHEMA|#\d+\s*=/i.test(beginning)) {
    // A long comment may stand before the header: the API reads more of it.
    return /^\s*(ï»¿)?\s*\/\*/.test(beginning) ? null : text("notStep");
  }
  const tail = await bytesOf(file, Math.max(0, file.size - TAIL_BYTES), file.size);
  if (/END-ISO-10303-21|ENDSEC/i.test(latin1(tail))) return null;
  const isPadded = tail.length === TAIL_BYTES && tail.every((byte) => byte === 0 || byte <= 32);
  return isPadded ? null : text("truncated");
}

async function bytesOf(file: Blob, start: number, end: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(start, end).arrayBuffer());
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function text(key: ReasonKey): Reason {
  return { kind: "text", key };
}

function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
}

function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** STEP text in UTF-16 or UTF-32, which the API reads. */
function isWideText(head: Uint8Array): boolean {
  const [first, second, third, fourth] = head;
  const isSketchUp = first === 0xff && second === 0xfe && third === 0xff && fourth === 0x0e;
  if (isSketchUp) return false;
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const isWide32 = first === 0 && second === 0 && third === 0xfe && fourth === 0xff;
  return hasMark || isWide32 || (first === 0x49 && second === 0) || (first === 0 && second === 0x49);
}
