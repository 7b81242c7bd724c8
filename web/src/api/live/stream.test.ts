// @vitest-environment node
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Connection, LiveStore } from "./LiveStore";
import { follow, TIMES } from "./stream";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

vi.stubGlobal("sessionStorage", { getItem: () => null });

let handlers: Handler[] = [];
let requests: IncomingMessage[] = [];
const server = createServer((request, response) => {
  requests.push(request);
  const handler = handlers.length > 1 ? handlers.shift() : handlers[0];
  handler?.(request, response);
});
const usual = { ...TIMES };
let controller = new AbortController();

beforeEach(async () => {
  Object.assign(TIMES, { firstDelay: 5, longestDelay: 10, polling: 10, forbidden: 20 });
  controller = new AbortController();
  requests = [];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  controller.abort();
  Object.assign(TIMES, usual);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function job(name: string, version: number, phase = "Queued") {
  return { namespace: "bim", name, uid: `uid-${name}`, resourceVersion: String(version), phase, queue: "default" };
}

function event(id: string, name: string, data: unknown): string {
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function snapshot(...jobs: unknown[]): string {
  return event("e-1", "snapshot", { jobs, queues: [], totalJobs: jobs.length });
}

function send(...parts: string[]): Handler {
  return (_, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    for (const part of parts) response.write(part);
  };
}

function problem(status: number): Handler {
  return (_, response) => {
    response.writeHead(status, { "Content-Type": "application/problem+json" });
    response.end(JSON.stringify({ code: "X", title: "X", status }));
  };
}

function start(around: { signIn?: () => Promise<void>; poll?: () => Promise<void> } = {}) {
  const store = new LiveStore();
  const connections: Connection[] = [];
  store.subscribe(() => {
    const { connection } = store.get();
    if (connections.at(-1) !== connection) connections.push(connection);
  });
  const { port } = server.address() as AddressInfo;
  const done = follow(store, `http://127.0.0.1:${port}/events`, controller.signal, {
    signIn: around.signIn ?? (() => Promise.reject(new Error("no sign-in expected"))),
    poll: around.poll ?? (() => Promise.reject(new Error("no polling expected"))),
  });
  return { store, connections, done };
}

const phases = (store: LiveStore) => [...store.get().jobs.values()].map(({ name, phase }) => `${name} ${phase}`);

test("a broken stream continues after its last event", async () => {
  const cut: Handler = (request, response) => {
    send(snapshot(job("a", 1)), event("e-7", "job", job("a", 2, "Running")))(request, response);
    setTimeout(() => response.destroy(), 30);
  };
  handlers = [cut, send(event("e-8", "job", job("a", 3, "Succeeded")))];
  const { store, connections } = start();
  await vi.waitFor(() => expect(phases(store)).toEqual(["a Succeeded"]));
  expect(requests.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "e-7"]);
  expect(connections).toEqual(["live"]);
});

test("an event that comes in pieces is read once it is complete", async () => {
  const whole = snapshot(job("Wände", 1));
  handlers = [
    (_, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      const bytes = Buffer.from(whole);
      const middle = bytes.indexOf("ä") + 1;
      response.write(bytes.subarray(0, middle));
      setTimeout(() => response.write(bytes.subarray(middle)), 20);
    },
  ];
  const { store } = start();
  await vi.waitFor(() => expect(phases(store)).toEqual(["Wände Queued"]));
});

test("401 asks to sign in, and continues afterwards", async () => {
  handlers = [problem(401), send(snapshot(job("a", 1)))];
  const signIn = vi.fn(() => Promise.resolve());
  const { store, connections } = start({ signIn });
  await vi.waitFor(() => expect(phases(store)).toEqual(["a Queued"]));
  expect(signIn).toHaveBeenCalledOnce();
  expect(connections).toEqual(["signedOut", "live"]);
});

test("a stream that may not be read is asked for again later", async () => {
  handlers = [problem(403), send(snapshot())];
  const { connections } = start();
  await vi.waitFor(() => expect(connections).toEqual(["forbidden", "live"]));
});

test("after `bye` the stream begins again without a word", async () => {
  handlers = [
    send(snapshot(job("a", 1)), event("e-2", "bye", { code: "TokenExpired", detail: "" })),
    send(snapshot(job("b", 2))),
  ];
  const { store, connections } = start();
  await vi.waitFor(() => expect(phases(store)).toEqual(["b Queued"]));
  expect(connections).toEqual(["live"]);
  expect(store.get().epoch).toBe(2);
});

test("where no stream comes through, the store is filled by polling, until one does", async () => {
  Object.assign(TIMES, { firstEvent: 15 });
  let isHeldBack = true;
  handlers = [(request, response) => !isHeldBack && send(snapshot(job("a", 1)))(request, response)];
  const poll = vi.fn(() => Promise.resolve());
  const { store, connections } = start({ poll });
  await vi.waitFor(() => expect(poll).toHaveBeenCalled(), 3_000);
  expect(store.get().connection).toBe("polling");
  isHeldBack = false;
  await vi.waitFor(() => expect(store.get().connection).toBe("live"), 3_000);
  expect(connections).toContain("reconnecting");
});

test("the signal ends the stream", async () => {
  handlers = [send(snapshot())];
  const { store, done } = start();
  await vi.waitFor(() => expect(store.get().epoch).toBe(1));
  controller.abort();
  await done;
  expect(requests).toHaveLength(1);
});

test("deleted jobs are remembered, and a successor of the same name stays", () => {
  const store = new LiveStore();
  store.reset({ jobs: [job("a", 1), job("b", 2)] as never, queues: [] });
  const successor = { ...job("b", 5), uid: "new" };
  store.apply([
    { event: "deleted", data: JSON.stringify(job("a", 3)) },
    { event: "job", data: JSON.stringify(successor) },
    { event: "deleted", data: JSON.stringify(job("b", 4)) },
  ]);
  expect([...store.get().jobs.values()]).toEqual([successor]);
  expect([...store.get().deleted]).toEqual(["uid-a", "uid-b"]);
});
