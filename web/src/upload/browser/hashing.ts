import type { HashAnswer, HashRequest } from "./hash.worker";

interface Task {
  onProgress(done: number): void;
  resolve(sha256: string | null): void;
}

let worker: Worker | null = null;
let lastId = 0;
const tasks = new Map<number, Task>();

/** Return the SHA-256 of a file, computed in a worker; null where that is impossible. */
export function sha256Of(file: Blob, onProgress: (done: number) => void, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    lastId += 1;
    const id = lastId;
    const abort = () => {
      reject(signal.reason);
      cancel(id);
    };
    signal.addEventListener("abort", abort, { once: true });
    tasks.set(id, { onProgress, resolve });
    send({ id, file });
  });
}

/** Let the worker skip the rest of a file; without another file it is not needed at all. */
function cancel(id: number): void {
  if (!tasks.delete(id)) return;
  if (tasks.size === 0) stop();
  else send({ id, cancelled: true });
}

function send(request: HashRequest): void {
  worker ??= started();
  worker.postMessage(request);
}

function started(): Worker {
  const next = new Worker(new URL("./hash.worker.ts", import.meta.url), { type: "module" });
  next.addEventListener("message", ({ data }: MessageEvent<HashAnswer>) => {
    const task = tasks.get(data.id);
    if (task === undefined) return;
    if ("done" in data) return task.onProgress(data.done);
    tasks.delete(data.id);
    task.resolve("sha256" in data ? data.sha256 : null);
    if (tasks.size === 0) stop();
  });
  next.addEventListener("error", stop);
  return next;
}

function stop(): void {
  worker?.terminate();
  worker = null;
  for (const task of tasks.values()) task.resolve(null);
  tasks.clear();
}
