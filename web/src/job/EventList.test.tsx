import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { Providers } from "../components/testing/Providers";
import { loadTexts, startTexts } from "../i18n";
import type { JobView } from "./data/jobView";
import { EventList } from "./EventList";

const { answer } = await vi.hoisted(() => import("../components/testing/fetch"));

beforeAll(async () => {
  await startTexts();
  await loadTexts(["job"]);
});
afterEach(() => {
  cleanup();
  answer.mockReset();
  vi.useRealTimers();
});

test("a poll of the events that fails leaves the list on the page", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const event = { kind: "Pod", name: "p", type: "Normal", reason: "Pulled", message: "Image pulled", count: 1 };
  answer.mockResolvedValueOnce(Response.json({ items: [event] }));
  answer.mockImplementation(async () => Response.json({ code: "X", title: "Broken" }, { status: 400 }));
  const job = { namespace: "bim", name: "a", uid: "1", phase: "Running" } as JobView;
  render(<EventList job={job} />, { wrapper: Providers });
  await screen.findByText("Image pulled");
  await vi.advanceTimersByTimeAsync(6_000);
  expect(answer).toHaveBeenCalledTimes(2);
  expect(screen.getByText("Image pulled")).toBeTruthy();
  expect(screen.queryByText("Broken")).toBeNull();
});

test("the error of the first request of the events stays until the user's retry", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  answer.mockImplementation(async () => Response.json({ code: "X", title: "Broken" }, { status: 400 }));
  const job = { namespace: "bim", name: "a", uid: "1", phase: "Running" } as JobView;
  render(<EventList job={job} />, { wrapper: Providers });
  await screen.findByText("Broken");
  await vi.advanceTimersByTimeAsync(11_000);
  expect(answer).toHaveBeenCalledTimes(1);
});
