import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { Providers } from "../../components/testing/Providers";
import { startTexts } from "../../i18n";
import { NO_FILTER } from "../list/filter";
import { HistoryList } from "./HistoryList";

const { answer, urlOf } = await vi.hoisted(() => import("../../components/testing/fetch"));

beforeAll(startTexts);
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  answer.mockReset();
});

function page(name: string, nextCursor?: string): Response {
  const job = { namespace: "bim", name, uid: name, phase: "Succeeded", queue: "default", cacheHit: false };
  return Response.json({ items: [job], nextCursor });
}

const isNextPage = (request: Request | string) => urlOf(request).searchParams.has("cursor");

function broken(): Response {
  return Response.json({ code: "X", title: "Broken" }, { status: 400 });
}

test("a poll of the history that fails leaves the list on the page", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  answer.mockImplementation(async () => (answer.mock.calls.length === 1 ? page("a") : broken()));
  render(<HistoryList namespace="bim" filter={NO_FILTER} />, { wrapper: Providers });
  await screen.findByRole("link", { name: "a" });
  await vi.advanceTimersByTimeAsync(11_000);
  expect(answer).toHaveBeenCalledTimes(2);
  expect(screen.getByRole("link", { name: "a" })).toBeTruthy();
  expect(screen.queryByText("Broken")).toBeNull();
});

test("a next page of the history that fails is requested once", async () => {
  answer.mockImplementation(async (request) => (isNextPage(request) ? broken() : page("a", "2")));
  render(<HistoryList namespace="bim" filter={NO_FILTER} />, { wrapper: Providers });
  await screen.findByText("Broken");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(answer).toHaveBeenCalledTimes(2);
  expect(screen.getByRole("link", { name: "a" })).toBeTruthy();
});

test.each([
  ["first", 1],
  ["next", 2],
])("the error of a %s page of the history stays until the user's retry", async (which, requests) => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  answer.mockImplementation(async (request) => (which === "next" && !isNextPage(request) ? page("a", "2") : broken()));
  render(<HistoryList namespace="bim" filter={NO_FILTER} />, { wrapper: Providers });
  await screen.findByText("Broken");
  await vi.advanceTimersByTimeAsync(25_000);
  expect(answer).toHaveBeenCalledTimes(requests);
  expect(screen.getByText("Broken")).toBeTruthy();
});
