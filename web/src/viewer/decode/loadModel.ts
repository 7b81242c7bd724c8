import { DownloadFailed, type LoadOptions, UnreadableModel } from "../types";
import type { LoadReply, LoadRequest } from "./messages";
import type { ModelData } from "./modelData";

/** Load a model in a worker. Throws DownloadFailed, UnreadableModel, or the signal's reason. */
export function loadModel(
  url: string,
  { onProgress, signal, headers = {}, transform = null }: LoadOptions,
): Promise<ModelData> {
  signal.throwIfAborted();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const cancel = new AbortController();
  const loaded = new Promise<ModelData>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { signal: cancel.signal });
    worker.onerror = (event) => reject(new UnreadableModel(event.message || "The worker did not start."));
    worker.onmessage = ({ data }: MessageEvent<LoadReply>) => {
      if (data.kind === "progress") onProgress(data.loaded, data.total, data.stage);
      else if (data.kind === "model") resolve(data.model);
      else reject(failureOf(data));
    };
    const request: LoadRequest = { url: new URL(url, document.baseURI).href, headers, transform };
    worker.postMessage(request);
  });
  return loaded.finally(() => {
    cancel.abort();
    worker.terminate();
  });
}

function failureOf({ name, message, status }: Extract<LoadReply, { kind: "failure" }>): Error {
  if (status !== null) return new DownloadFailed(status);
  if (name === "UnreadableModel") return new UnreadableModel(message);
  return new Error(message);
}
