import { useEffect, useRef, useState } from "react";
import { fetchApi } from "../../api/client";
import { ApiError } from "../../api/problem";
import { LineBuffer, type LogLine } from "./lines";

const MOST_LINES = 20_000;
const AGAIN = 3_000;
/** A log that has ended this long before its job was cut off: it is read again. */
const LATE = 30_000;
/** Lines come by the hundred: the page is drawn again at most this often. */
const DRAW_EVERY = 150;

export interface Log {
  lines: readonly LogLine[];
  dropped: number;
  /** `waiting`: the pod has not started; `ended`: the log is complete. */
  state: "loading" | "waiting" | "following" | "ended" | "failed";
  error: unknown;
}

const EMPTY: Log = { lines: [], dropped: 0, state: "loading", error: null };

/** Return the address of an attempt's log. */
export function logPath(namespace: string, name: string, attempt: number | null): string {
  return `/api/v1/namespaces/${namespace}/jobs/${name}/logs${attempt === null ? "" : `?attempt=${attempt}`}`;
}

/** The log of an attempt, followed while it runs. */
export function useLog(namespace: string, name: string, attempt: number | null, isRunning: boolean): Log {
  const [log, setLog] = useState<Log>(EMPTY);
  const running = useRef(isRunning);
  const followed = useRef<{ path: string; controller: AbortController } | null>(null);
  const path = attempt === null ? null : logPath(namespace, name, attempt);
  useEffect(() => {
    running.current = isRunning;
    const former = followed.current;
    // A log that is followed ends by itself after its attempt.
    if (!isRunning && former !== null && former.path === path && !former.controller.signal.aborted) return;
    former?.controller.abort();
    followed.current = null;
    setLog(path === null ? { ...EMPTY, state: "waiting" } : EMPTY);
    if (path === null) return;
    const controller = new AbortController();
    const { signal } = controller;
    const abort = () => controller.abort();
    if (isRunning) followed.current = { path, controller };
    void read(`${path}${isRunning ? "&follow=true" : ""}`, () => running.current, signal, setLog).then((isComplete) => {
      if (isComplete) setTimeout(abort, LATE);
      else abort();
    });
    // A followed log lives on: the next effect or the end of the page aborts it.
    return isRunning ? undefined : abort;
  }, [path, isRunning]);
  useEffect(() => () => followed.current?.controller.abort(), []);
  return log;
}

/** Read a log to its end; return whether it was reached. */
async function read(
  address: string,
  isRunning: () => boolean,
  signal: AbortSignal,
  show: (log: Log) => void,
): Promise<boolean> {
  while (!signal.aborted) {
    const buffer = new LineBuffer(MOST_LINES);
    const draw = (state: Log["state"], error: unknown = null) => {
      if (!signal.aborted) show({ lines: buffer.lines, dropped: buffer.dropped, state, error });
    };
    try {
      await readOnce(address, buffer, signal, () => draw("following"));
      buffer.finish();
      draw("ended");
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      // An attempt is known before its pod exists.
      const isEarly =
        error instanceof ApiError && (error.code === "LogsNotReady" || (error.code === "LogsGone" && isRunning()));
      const isLasting = error instanceof ApiError && error.status !== 0 && !error.retryable && !isEarly;
      if (isLasting || !isRunning()) {
        draw(isEarly ? "waiting" : "failed", error);
        return false;
      }
      // The connection broke, or the pod has not started: read from the beginning again.
      draw(isEarly ? "waiting" : "following");
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
  }
  return false;
}

async function readOnce(address: string, buffer: LineBuffer, signal: AbortSignal, draw: () => void): Promise<void> {
  const { body } = await fetchApi(address, { signal, cache: "no-store" });
  if (body === null) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let timer: ReturnType<typeof setTimeout> | null = null;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      buffer.push(value);
      timer ??= setTimeout(() => {
        timer = null;
        draw();
      }, DRAW_EVERY);
    }
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}
