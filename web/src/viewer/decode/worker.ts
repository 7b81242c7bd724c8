/** The worker: downloads, decodes and merges one model, then ends. */
import { MeshoptDecoder } from "meshoptimizer/decoder";
import { DownloadFailed, type LoadStage } from "../types";
import { download } from "./download";
import { parseGlb } from "./glb";
import type { LoadReply, LoadRequest } from "./messages";
import { buildModel } from "./model";
import { transferables } from "./modelData";
import { readTextures } from "./textures";

const PROGRESS_INTERVAL = 100;

function reply(message: LoadReply, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

/** Report progress, but not more often than a page can show it. */
function reporter(stage: LoadStage): (loaded: number, total: number | null) => void {
  let last = -PROGRESS_INTERVAL;
  return (loaded, total) => {
    if (performance.now() - last < PROGRESS_INTERVAL && loaded !== total) return;
    last = performance.now();
    reply({ kind: "progress", loaded, total, stage });
  };
}

async function load({ url, headers, transform }: LoadRequest): Promise<void> {
  // The page ends the worker to cancel.
  const file = await download(url, headers, new AbortController().signal, reporter("download"));
  reporter("decode")(0, null);
  const glb = parseGlb(file);
  const compressed = glb.json.extensionsRequired?.includes("EXT_meshopt_compression") === true;
  if (compressed) await MeshoptDecoder.ready;
  const textures = await readTextures(glb);
  const model = buildModel(glb, MeshoptDecoder.decodeGltfBuffer, textures, transform, reporter("merge"));
  reply({ kind: "model", model }, transferables(model));
}

self.onmessage = ({ data }: MessageEvent<LoadRequest>) => {
  load(data).catch((error: unknown) => {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    reply({ kind: "failure", name, message, status: error instanceof DownloadFailed ? error.status : null });
  });
};
