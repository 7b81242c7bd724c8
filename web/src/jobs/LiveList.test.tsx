import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { Providers } from "../components/testing/Providers";
import { startTexts } from "../i18n";
import { LiveList } from "./LiveList";
import { NO_FILTER } from "./list/filter";
import { NEWEST_FIRST } from "./list/order";
import { useJobs } from "./list/useJobs";
import type { useView } from "./useView";

const { answer, urlOf } = await vi.hoisted(() => import("../components/testing/fetch"));

beforeAll(startTexts);
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const VIEW = { filter: NO_FILTER, order: NEWEST_FIRST } as ReturnType<typeof useView>;

function List({ onJobs }: { onJobs(jobs: ReturnType<typeof useJobs>): void }) {
  const jobs = useJobs("bim", NO_FILTER, NEWEST_FIRST);
  onJobs(jobs);
  return <LiveList namespace="bim" view={VIEW} jobs={jobs} />;
}

function jobs(...names: string[]) {
  const common = { namespace: "bim", resourceVersion: "1", phase: "Queued", queue: "default", priority: 0 };
  return names.map((name) => ({ ...common, name, uid: name, createdAt: `2026-11-30T08:00:0${9 - name.length}Z` }));
}

/** Answer with a first page, and with a problem instead of the second one until it is repaired. */
function serve() {
  const server = { isBroken: true, cursors: 0 };
  answer.mockImplementation(async (request) => {
    const { pathname, searchParams } = urlOf(request);
    if (!pathname.endsWith("/jobs")) return new Response(null, { status: 403 });
    if (!searchParams.has("cursor")) return Response.json({ items: jobs("a"), total: 2, nextCursor: "2" });
    server.cursors += 1;
    if (server.isBroken) return Response.json({ code: "X", title: "Broken page" }, { status: 400 });
    return Response.json({ items: jobs("bb"), total: 2 });
  });
  return server;
}

test("a next page that fails is requested once, and again after the user's retry", async () => {
  const server = serve();
  render(<List onJobs={() => undefined} />, { wrapper: Providers });
  await screen.findByText("Broken page");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(server.cursors).toBe(1);
  expect(screen.getByRole("link", { name: "a" })).toBeTruthy();
  server.isBroken = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("link", { name: "bb" })).toBeTruthy();
  expect(screen.queryByText("Broken page")).toBeNull();
});

test("loading all jobs ends at a page that fails", async () => {
  const server = serve();
  let latest: ReturnType<typeof useJobs> | undefined;
  const onJobs = (jobs: ReturnType<typeof useJobs>) => {
    latest = jobs;
  };
  render(<List onJobs={onJobs} />, { wrapper: Providers });
  await screen.findByText("Broken page");
  await latest?.loadAll();
  await waitFor(() => expect(server.cursors).toBe(2));
});

test("a next page that fails is not requested again by a poll", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const server = serve();
  render(<List onJobs={() => undefined} />, { wrapper: Providers });
  await screen.findByText("Broken page");
  await vi.advanceTimersByTimeAsync(12_000);
  expect(server.cursors).toBe(1);
});
