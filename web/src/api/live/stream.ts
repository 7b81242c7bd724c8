import { createParser } from "eventsource-parser";
import { ApiError } from "../problem";
import { authorization } from "../token";
import type { LiveEvent, LiveStore } from "./LiveStore";

/** The times of a stream in milliseconds; tests have shorter ones. */
export const TIMES = {
  firstDelay: 500,
  longestDelay: 15_000,
  /** A stream begins with a snapshot at once: one without is held back by a proxy. */
  firstEvent: 10_000,
  /** The server sends a comment every 15 s: a connection that is silent for longer is dead. */
  silence: 40_000,
  /** After a lack of rights, until an administrator may have changed them. */
  forbidden: 60_000,
  polling: 5_000,
};

const FAILURES_BEFORE_POLLING = 3;

/** What a stream needs of the application. */
export interface Surroundings {
  /** Ask the user to sign in, and resolve afterwards. */
  signIn(signal: AbortSignal): Promise<void>;
  /** Fill the store by plain requests; for networks through which no stream comes. */
  poll(signal: AbortSignal): Promise<void>;
}

/**
 * Feed a store from the event stream until the signal ends it. The stream continues after the last event when the
 * connection breaks. Not EventSource: it cannot send an Authorization header.
 */
export async function follow(store: LiveStore, path: string, signal: AbortSignal, around: Surroundings): Promise<void> {
  let lastEventId: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    const outcome = await read(path, lastEventId, signal, (chunk) => {
      lastEventId = chunk.id ?? lastEventId;
      failures = 0;
      store.setConnection("live");
      store.apply(chunk.events);
    });
    if (signal.aborted) return;
    if (outcome === "signIn") {
      store.setConnection("signedOut");
      await around.signIn(signal).catch(() => undefined);
    } else if (outcome === "forbidden") {
      store.setConnection("forbidden");
      await sleep(TIMES.forbidden, signal);
    } else {
      // The server ends streams now and then: that is not worth a word while the next one begins at once.
      if (failures > 0) store.setConnection(failures < FAILURES_BEFORE_POLLING ? "reconnecting" : "polling");
      failures += 1;
      const delay = Math.min(TIMES.firstDelay * 2 ** (failures - 1), TIMES.longestDelay) * (0.5 + Math.random());
      await (failures > FAILURES_BEFORE_POLLING ? pollFor(delay, store, signal, around) : sleep(delay, signal));
    }
  }
}

async function pollFor(delay: number, store: LiveStore, signal: AbortSignal, around: Surroundings): Promise<void> {
  const end = Date.now() + delay;
  do {
    await around.poll(signal).then(
      () => store.setConnection("polling"),
      () => store.setConnection("reconnecting"),
    );
    await sleep(Math.max(0, Math.min(TIMES.polling, end - Date.now())), signal);
  } while (!signal.aborted && Date.now() < end);
}

interface Chunk {
  events: LiveEvent[];
  id: string | undefined;
}

type Outcome = "ended" | "signIn" | "forbidden";

async function read(
  path: string,
  lastEventId: string | undefined,
  signal: AbortSignal,
  take: (chunk: Chunk) => void,
): Promise<Outcome> {
  try {
    for await (const chunk of chunks(path, lastEventId, signal)) take(chunk);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return "signIn";
    if (error instanceof ApiError && error.status === 403) return "forbidden";
  }
  return "ended";
}

async function* chunks(path: string, lastEventId: string | undefined, signal: AbortSignal): AsyncGenerator<Chunk> {
  const silence = new AbortController();
  // An answer that is left for another reason than the signal has to be closed too.
  const either = AbortSignal.any([signal, silence.signal]);
  const wait = lastEventId === undefined ? TIMES.firstEvent : TIMES.silence;
  let timer = setTimeout(() => silence.abort(), wait);
  try {
    const headers = { ...authorization(), ...(lastEventId !== undefined && { "Last-Event-ID": lastEventId }) };
    const response = await fetch(path, { headers, signal: either, cache: "no-store" });
    if (!response.ok || response.body === null) throw await ApiError.of(response);
    let chunk: Chunk = { events: [], id: undefined };
    const parser = createParser({
      onEvent: ({ event, data, id }) => {
        chunk.events.push({ event: event ?? "message", data });
        chunk.id = id ?? chunk.id;
      },
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), TIMES.silence);
      parser.feed(value);
      yield chunk;
      // `bye` has a reason: an expired token, a lost right, a slow reader. The next request learns it.
      if (chunk.events.some(({ event }) => event === "bye")) return;
      chunk = { events: [], id: undefined };
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(stop, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
