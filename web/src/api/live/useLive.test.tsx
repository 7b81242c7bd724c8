import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Job, Queue } from "./LiveStore";
import { liveStore, useAfterGap, useLiveContent, useLiveValue, useQueue, useQueueNames } from "./useLive";

await vi.hoisted(() => import("../../components/testing/fetch"));

function job(name: string, owner = "ann"): Job {
  return { namespace: "bim", name, uid: name, resourceVersion: "1", phase: "Queued", owner } as Job;
}

const QUEUE = { namespace: "bim", name: "night", stopPolicy: "None" } as Queue;
const SNAPSHOT = { jobs: [job("a")], queues: [QUEUE] };

function send(event: string, value: unknown) {
  act(() => liveStore.apply([{ event, data: JSON.stringify(value) }]));
}

/** Count how often a component with this hook is drawn. */
function drawn<Value>(hook: () => Value) {
  let count = 0;
  const { result } = renderHook(() => {
    count += 1;
    return hook();
  });
  return { result, count: () => count };
}

beforeEach(() => {
  liveStore.reset(SNAPSHOT);
  liveStore.setConnection("live");
});
afterEach(cleanup);

test("the event of a job draws nothing that shows a queue or another job", () => {
  const queue = drawn(() => useQueue("bim", "night"));
  const queues = drawn(() => useLiveValue((state) => state.queues));
  const names = drawn(() => useQueueNames("bim"));
  const other = drawn(() => useLiveValue(({ jobs }) => jobs.get("bim/a")));
  const deleted = drawn(() => useLiveValue((state) => state.deleted));
  send("job", job("b"));
  for (const part of [queue, queues, names, other, deleted]) expect(part.count()).toBe(1);
  send("job", job("a", "bob"));
  expect(other.result.current?.owner).toBe("bob");
  send("deleted", job("b"));
  expect(deleted.result.current.has("b")).toBe(true);
  expect(queue.count()).toBe(1);
  send("queue", { ...QUEUE, stopPolicy: "Hold" });
  expect(queue.result.current?.stopPolicy).toBe("Hold");
  expect(names.count()).toBe(1);
});

test("content of the live state is the same object until it changes", () => {
  const owners = drawn(() => useLiveContent(({ jobs }) => [...new Set([...jobs.values()].map(({ owner }) => owner))]));
  const first = owners.result.current;
  send("job", job("b"));
  expect(owners.result.current).toBe(first);
  send("job", job("c", "bob"));
  expect(owners.result.current).toEqual(["ann", "bob"]);
});

test("a snapshot after a gap runs a function, but not one that was polled", () => {
  const run = vi.fn();
  renderHook(() => useAfterGap(run));
  send("job", job("b"));
  expect(run).not.toHaveBeenCalled();
  send("snapshot", SNAPSHOT);
  expect(run).toHaveBeenCalledTimes(1);
  act(() => liveStore.setConnection("polling"));
  act(() => liveStore.reset(SNAPSHOT));
  expect(run).toHaveBeenCalledTimes(1);
  act(() => liveStore.setConnection("live"));
  send("snapshot", SNAPSHOT);
  expect(run).toHaveBeenCalledTimes(2);
});
