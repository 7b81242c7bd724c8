import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { HashAnswer, HashRequest } from "./hash.worker";
import { sha256Of } from "./hashing";

class FakeWorker extends EventTarget {
  static all: FakeWorker[] = [];
  readonly requests: HashRequest[] = [];
  isRunning = true;

  constructor() {
    super();
    FakeWorker.all.push(this);
  }

  postMessage(request: HashRequest): void {
    this.requests.push(request);
  }

  answer(data: HashAnswer): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  terminate(): void {
    this.isRunning = false;
  }
}

beforeEach(() => vi.stubGlobal("Worker", FakeWorker));
afterEach(() => {
  FakeWorker.all = [];
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const FILE = new Blob(["ISO-10303-21;"]);
const nothing = () => undefined;

/** Begin to hash a file; `worker` and `id` are those that hash it. */
function begin(onProgress: (done: number) => void = nothing) {
  const control = new AbortController();
  const sum = sha256Of(FILE, onProgress, control.signal);
  // A test that cancels looks at the rejection later.
  sum.catch(nothing);
  const worker = FakeWorker.all.at(-1);
  const id = worker?.requests.at(-1)?.id;
  if (worker === undefined || id === undefined) throw new Error("no worker has the file");
  return { control, sum, worker, id };
}

test("the worker stops with its only file; the next file gets another worker", async () => {
  const cancelled = begin();
  cancelled.control.abort(new Error("cancelled"));
  await expect(cancelled.sum).rejects.toThrow("cancelled");
  expect(cancelled.worker.isRunning).toBe(false);

  const next = begin();
  expect(next.worker).not.toBe(cancelled.worker);
  next.worker.answer({ id: next.id, sha256: "ab" });
  expect(await next.sum).toBe("ab");
  expect(next.worker.isRunning).toBe(false);
});

test("the worker skips a cancelled file among others; its late answers are ignored", async () => {
  const onProgress = vi.fn();
  const cancelled = begin(onProgress);
  const other = begin();
  cancelled.control.abort(new Error("cancelled"));
  expect(other.worker.requests.at(-1)).toEqual({ id: cancelled.id, cancelled: true });
  other.worker.answer({ id: cancelled.id, done: 4 });
  expect(onProgress).not.toHaveBeenCalled();
  expect(other.worker.isRunning).toBe(true);
  other.worker.answer({ id: other.id, sha256: "cd" });
  expect(await other.sum).toBe("cd");
  expect(other.worker.isRunning).toBe(false);
});

test("cancelling a finished file changes nothing for the others", () => {
  const finished = begin();
  const other = begin();
  finished.worker.answer({ id: finished.id, sha256: "ab" });
  finished.control.abort();
  expect(other.worker.isRunning).toBe(true);
  expect(other.worker.requests).toHaveLength(2);
  other.control.abort();
  expect(other.worker.isRunning).toBe(false);
});

test("the worker reads no further piece of a cancelled file", async () => {
  const listen = vi.spyOn(self, "addEventListener").mockImplementation(nothing);
  const answers = vi.spyOn(self, "postMessage").mockImplementation(nothing);
  await import("./hash.worker");
  const listener = listen.mock.calls[0]?.[1] as EventListener;
  const send = (data: HashRequest) => listener(new MessageEvent("message", { data }));
  const slice = vi.fn(() => {
    if (slice.mock.calls.length === 2) send({ id: 1, cancelled: true });
    return new Blob(["piece"]);
  });
  const file = { size: 5 * 4 * 2 ** 20, slice } as unknown as Blob;
  send({ id: 1, file });
  await vi.waitFor(() => expect(slice).toHaveBeenCalledTimes(2));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(slice).toHaveBeenCalledTimes(2);
  expect(answers.mock.calls).toEqual([[{ id: 1, done: 4 * 2 ** 20 }]]);
});
