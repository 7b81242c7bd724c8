import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { liveStore } from "../../api/live/useLive";
import { Providers } from "../../components/testing/Providers";
import { useJob } from "./useJob";

const { answer, urlOf } = await vi.hoisted(() => import("../../components/testing/fetch"));

afterEach(() => {
  cleanup();
  answer.mockReset();
});

const NAMES = { namespace: "bim", name: "tower", uid: "u" };

function job(resourceVersion: string, phase: string) {
  return {
    metadata: { ...NAMES, resourceVersion },
    spec: { queue: "default", priority: 0, source: {} },
    status: { phase },
  };
}

test("a change during the first request is shown although its answer is older", async () => {
  let change = () => {};
  const isChanged = new Promise<void>((resolve) => {
    change = resolve;
  });
  const answers = [job("1", "Running"), job("2", "Failed")];
  answer.mockImplementation(async (request) => {
    if (urlOf(request).pathname !== "/api/v1/namespaces/bim/jobs/tower") return new Response(null, { status: 403 });
    await isChanged;
    return Response.json(answers.length > 1 ? answers.shift() : answers[0]);
  });
  const { result } = renderHook(() => useJob("bim", "tower", null), { wrapper: Providers });
  await waitFor(() => expect(answer).toHaveBeenCalled());
  const summary = { ...NAMES, resourceVersion: "2", phase: "Failed", queue: "default" };
  act(() => liveStore.apply([{ event: "job", data: JSON.stringify(summary) }]));
  change();
  await waitFor(() => expect(result.current.job?.phase).toBe("Running"));
  await waitFor(() => expect(result.current.job?.phase).toBe("Failed"), { timeout: 4_000 });
});
