import { createSHA256 } from "hash-wasm";

/** Hashes files in pieces, so that a file of any size needs little memory. Not crypto.subtle: plain http lacks it. */
const PIECE = 4 * 2 ** 20;

export type HashRequest = { id: number } & ({ file: Blob } | { cancelled: true });
export type HashAnswer = { id: number } & ({ done: number } | { sha256: string } | { failed: string });

/** The files that are being hashed. */
const running = new Set<number>();

async function hash(id: number, file: Blob): Promise<void> {
  running.add(id);
  const digest = await createSHA256();
  for (let start = 0; start < file.size; start += PIECE) {
    const piece = await file.slice(start, start + PIECE).arrayBuffer();
    if (!running.has(id)) return;
    digest.update(new Uint8Array(piece));
    answer({ id, done: Math.min(start + PIECE, file.size) });
  }
  answer({ id, sha256: digest.digest("hex") });
}

function answer(message: HashAnswer): void {
  self.postMessage(message);
}

self.addEventListener("message", ({ data }: MessageEvent<HashRequest>) => {
  const { id } = data;
  if (!("file" in data)) {
    running.delete(id);
    return;
  }
  hash(id, data.file)
    .catch((error: unknown) => answer({ id, failed: String(error) }))
    .finally(() => running.delete(id));
});
