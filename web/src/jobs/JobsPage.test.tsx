import { act, cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { liveStore } from "../api/live/useLive";
import { renderPage } from "../components/testing/renderPage";
import { startTexts } from "../i18n";
import JobsPage from "./JobsPage";

const { answer, urlOf } = await vi.hoisted(() => import("../components/testing/fetch"));

const JOBS = "/api/v1/namespaces/bim/jobs";
const HISTORY = "/api/v1/namespaces/bim/history";
/** Longer than the list waits before it counts again. */
const OVERVIEW = 2_000;
const JOB = {
  ...{ namespace: "bim", name: "a", uid: "a", resourceVersion: "1", phase: "Queued", queue: "default" },
  ...{ priority: 0, createdAt: "2026-11-30T08:00:00Z" },
};
let requests: URL[] = [];

beforeAll(startTexts);
beforeEach(() => {
  requests = [];
  answer.mockImplementation(async (request) => {
    const url = urlOf(request);
    requests.push(url);
    if (url.pathname === JOBS) return Response.json({ items: [JOB], total: 1, phases: { Queued: requestsOf(JOBS) } });
    if (url.pathname === HISTORY) return Response.json({ items: [{ ...JOB, cacheHit: false }] });
    return new Response(null, { status: 403 });
  });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const requestsOf = (path: string) => requests.filter(({ pathname }) => pathname === path).length;
const pause = () => act(() => vi.advanceTimersByTimeAsync(OVERVIEW));

function show(searchPath: string) {
  renderPage(JobsPage, "/namespaces/:namespace/jobs", "/namespaces/bim/jobs", searchPath);
}

test("the first page of jobs is requested once, and again after a change", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  liveStore.setConnection("live");
  show("");
  await screen.findByRole("link", { name: "a" });
  act(() => liveStore.reset({ jobs: [JOB as never], queues: [] }));
  await pause();
  expect(requestsOf(JOBS)).toBe(1);
  act(() => liveStore.apply([{ event: "job", data: JSON.stringify({ ...JOB, resourceVersion: "2" }) }]));
  await pause();
  expect(requestsOf(JOBS)).toBe(2);
  expect(screen.getByRole("checkbox", { name: /Queued/ }).closest("div")?.textContent).toContain("2");
});

test("phases have no counts until the server has counted", async () => {
  answer.mockImplementation(async (request) => {
    requests.push(urlOf(request));
    return new Response(null, { status: 403 });
  });
  liveStore.setConnection("live");
  show("");
  const phases = await screen.findByRole("group", { name: "Filter by phase" });
  await vi.waitFor(() => expect(requestsOf(JOBS)).toBeGreaterThan(0));
  expect(phases.textContent).not.toMatch(/\d/);
});

test("the history is shown without requests and filters of the live list", async () => {
  show("tab=history&owner=ann&label=project%3Dtower&q=a");
  const link = await screen.findByRole("link", { name: "a" });
  expect(link.getAttribute("href")).toBe("/namespaces/bim/jobs/a?uid=a");
  expect(requestsOf(JOBS)).toBe(0);
  const history = requests.find(({ pathname }) => pathname === HISTORY);
  expect([...(history?.searchParams.keys() ?? [])].sort()).toEqual(["limit", "q"]);
  expect(screen.queryByPlaceholderText("Any owner")).toBeNull();
  expect(screen.queryByText("project=tower")).toBeNull();
});

test("words of the history are filters again in the live list", async () => {
  show("tab=history&q=owner:ann+tower");
  await userEvent.click(await screen.findByRole("radio", { name: "Current" }));
  await vi.waitFor(() => expect(requestsOf(JOBS)).toBeGreaterThan(0));
  const { searchParams } = requests.find(({ pathname }) => pathname === JOBS) as URL;
  expect([searchParams.get("owner"), searchParams.get("q")]).toEqual(["ann", "tower"]);
});
