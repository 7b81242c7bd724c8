import { useSyncExternalStore } from "react";

/** One clock for all ages and durations of the page. */
const SECOND = 1_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, SECOND);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

function current(): number {
  // Nothing has ticked while nobody looked at the clock.
  if (timer === null) now = Date.now();
  return Math.floor(now / SECOND) * SECOND;
}

/** Return the time in milliseconds; the component is drawn again every second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, current);
}
