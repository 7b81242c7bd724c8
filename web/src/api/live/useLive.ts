import { useEffect, useEffectEvent, useMemo, useRef, useSyncExternalStore } from "react";
import { needSignIn, untilSignedIn } from "../signIn";
import { type Connection, keyOf, type LiveState, LiveStore, type Queue } from "./LiveStore";
import { poll } from "./poll";
import { follow } from "./stream";

/** One stream per tab: browsers allow six connections to a server over HTTP/1.1. */
export const liveStore = new LiveStore();
let isStarted = false;

/** The stream starts with the first subscriber and lives as long as the tab: the frame of the pages subscribes. */
function subscribe(listener: () => void): () => void {
  if (!isStarted) start();
  return liveStore.subscribe(listener);
}

function start(): void {
  isStarted = true;
  void follow(liveStore, "/api/v1/events", new AbortController().signal, {
    signIn: (signal) => {
      needSignIn();
      return untilSignedIn(signal);
    },
    poll: (signal) => poll(liveStore, namespaceOfPage(), signal),
  });
}

function namespaceOfPage(): string {
  return /^\/namespaces\/([^/]+)/.exec(window.location.pathname)?.[1] ?? "default";
}

/**
 * A part of the live state, of all namespaces that the caller may watch. Its users are drawn when that part is another
 * one: select something that the state has, and do not make an object.
 */
export function useLiveValue<Value>(select: (state: LiveState) => Value): Value {
  return useSyncExternalStore(subscribe, () => select(liveStore.get()));
}

/** A small value of JSON made from the live state: the same one until its content changes. */
export function useLiveContent<Value>(select: (state: LiveState) => Value): Value {
  const text = useLiveValue((state) => JSON.stringify(select(state)));
  return useMemo(() => JSON.parse(text) as Value, [text]);
}

/** A queue, as the stream shows it. */
export function useQueue(namespace: string, name: string): Queue | undefined {
  return useLiveValue(({ queues }) => queues.get(keyOf({ namespace, name })));
}

/** The names of the queues of a namespace in their order. */
export function useQueueNames(namespace: string): string[] {
  return useLiveContent(({ queues }) =>
    [...queues.values()]
      .filter((queue) => queue.namespace === namespace)
      .map(({ name }) => name)
      .sort(),
  );
}

/** The state of the live connection. */
export function useConnection(): Connection {
  return useLiveValue(({ connection }) => connection);
}

/**
 * Run something after a gap in the stream, whose changes nobody saw: at each snapshot but the first one. Not while the
 * state is polled: then a page that needs more than the state polls by itself.
 */
export function useAfterGap(run: () => void): void {
  const epoch = useLiveValue((state) => state.epoch);
  const latest = useRef(epoch);
  const afterGap = useEffectEvent(run);
  useEffect(() => {
    const before = latest.current;
    latest.current = epoch;
    if (before !== 0 && epoch !== before && liveStore.get().connection !== "polling") afterGap();
  }, [epoch]);
}
