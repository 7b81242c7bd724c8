import { cleanup, renderHook, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useLog } from "./useLog";

const { answer } = await vi.hoisted(() => import("../../components/testing/fetch"));

beforeEach(() => answer.mockReset());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function follow(isRunning = true) {
  const hook = (props: { isRunning: boolean }) => useLog("bim", "tower", 1, props.isRunning);
  return renderHook(hook, { initialProps: { isRunning } });
}

const texts = ({ current }: { current: ReturnType<typeof useLog> }) => current.lines.map(({ text }) => text);

test("a followed log is neither emptied nor read again when its job ends", async () => {
  let end: () => void = () => undefined;
  answer.mockImplementation(async () => {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("first\n"));
        end = () => {
          controller.enqueue(new TextEncoder().encode("last\n"));
          controller.close();
        };
      },
    });
    return new Response(stream);
  });
  const { result, rerender } = follow();
  await waitFor(() => expect(texts(result)).toEqual(["first"]));
  rerender({ isRunning: false });
  expect(texts(result)).toEqual(["first"]);
  end();
  await waitFor(() => expect(result.current.state).toBe("ended"));
  expect(texts(result)).toEqual(["first", "last"]);
  rerender({ isRunning: false });
  expect(answer.mock.calls.map(([path]) => path)).toEqual([
    "/api/v1/namespaces/bim/jobs/tower/logs?attempt=1&follow=true",
  ]);
});

test("a log that could not be followed is read when its job ends", async () => {
  answer.mockResolvedValueOnce(Response.json({ code: "X", title: "X" }, { status: 403 }));
  answer.mockImplementation(async () => new Response("all\n"));
  const { result, rerender } = follow();
  await waitFor(() => expect(result.current.state).toBe("failed"));
  rerender({ isRunning: false });
  await waitFor(() => expect(texts(result)).toEqual(["all"]));
});

test("a log is followed once its job runs", async () => {
  answer.mockImplementation(async () => new Response("line\n"));
  const { result, rerender } = follow(false);
  await waitFor(() => expect(result.current.state).toBe("ended"));
  rerender({ isRunning: true });
  await waitFor(() => expect(answer).toHaveBeenCalledTimes(2));
  expect(answer.mock.calls[1]?.[0]).toContain("follow=true");
});

test("a log that was cut off long before its job ended is read again", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  answer.mockResolvedValueOnce(new Response("first\n"));
  answer.mockImplementation(async () => new Response("first\nlast\n"));
  const { result, rerender } = follow();
  await waitFor(() => expect(result.current.state).toBe("ended"));
  await vi.advanceTimersByTimeAsync(31_000);
  rerender({ isRunning: false });
  await waitFor(() => expect(texts(result)).toEqual(["first", "last"]));
});

test("the log of an attempt without a pod is awaited while its job runs", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  answer.mockResolvedValueOnce(Response.json({ code: "LogsGone", title: "Gone" }, { status: 404 }));
  answer.mockImplementation(async () => new Response("line\n"));
  const { result } = follow();
  await waitFor(() => expect(result.current.state).toBe("waiting"));
  await vi.advanceTimersByTimeAsync(4_000);
  await waitFor(() => expect(texts(result)).toEqual(["line"]));
});
