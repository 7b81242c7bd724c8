import { DownloadFailed } from "../types";

/** Fetch a file into one buffer; `onProgress` gets the bytes so far and the whole size, if known. */
export async function download(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
  onProgress: (loaded: number, total: number | null) => void,
): Promise<ArrayBuffer> {
  const response = await fetch(url, { headers, signal });
  if (!response.ok) throw new DownloadFailed(response.status);
  // The length of a compressed answer is not that of the file.
  const encoded = response.headers.get("Content-Encoding") !== null;
  const length = Number(response.headers.get("Content-Length") ?? Number.NaN);
  const total = encoded || !Number.isFinite(length) ? null : length;
  if (response.body === null) return response.arrayBuffer();
  return collect(response.body, total, onProgress);
}

async function collect(
  body: ReadableStream<Uint8Array>,
  total: number | null,
  onProgress: (loaded: number, total: number | null) => void,
): Promise<ArrayBuffer> {
  let buffer = new Uint8Array(total ?? 1 << 20);
  let loaded = 0;
  for (const reader = body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    if (loaded + value.length > buffer.length) buffer = grown(buffer, loaded, loaded + value.length);
    buffer.set(value, loaded);
    loaded += value.length;
    onProgress(loaded, total);
  }
  return loaded === buffer.length ? buffer.buffer : buffer.slice(0, loaded).buffer;
}

function grown(buffer: Uint8Array, used: number, needed: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(needed, buffer.length * 2));
  larger.set(buffer.subarray(0, used));
  return larger;
}
