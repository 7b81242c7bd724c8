import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { renderPage } from "../components/testing/renderPage";
import { loadTexts, startTexts } from "../i18n";
import JobPage from "./JobPage";

const { answer, urlOf } = await vi.hoisted(() => import("../components/testing/fetch"));

beforeAll(async () => {
  await startTexts();
  await loadTexts(["job"]);
});
afterEach(() => {
  cleanup();
  answer.mockReset();
});

const PAST = {
  ...{ namespace: "bim", name: "tower", uid: "old", phase: "Succeeded", queue: "default", cacheHit: false },
  ...{ resultManifest: "s3://b/manifest.json", createdAt: "2026-11-30T08:00:00Z", finishedAt: "2026-11-30T08:01:00Z" },
  attempts: [{ number: 1, memoryLimit: "1Gi", admittedAt: "2026-11-30T08:00:00Z", startedAt: "2026-11-30T08:00:10Z" }],
};
const LIVE = {
  metadata: { namespace: "bim", name: "tower", uid: "new" },
  spec: { queue: "default", priority: 0, source: {} },
  status: { phase: "Succeeded", result: {} },
};

/**
 * Answer with a job of the history, after so many problems, and with a live one of the same name; collect the paths of
 * the requests.
 */
function serve(problems = 0): string[] {
  const paths: string[] = [];
  let broken = problems;
  answer.mockImplementation(async (request) => {
    const { pathname } = urlOf(request);
    paths.push(pathname);
    if (pathname === "/api/v1/namespaces/bim/jobs/tower") return Response.json(LIVE);
    if (pathname === "/api/v1/namespaces/bim/history/old") {
      broken -= 1;
      return broken < 0 ? Response.json(PAST) : Response.json({ code: "X", title: "Broken" }, { status: 400 });
    }
    return new Response(null, { status: 403 });
  });
  return paths;
}

function show() {
  renderPage(JobPage, "/namespaces/:namespace/jobs/:name", "/namespaces/bim/jobs/tower", "uid=old");
}

test("a job of the history shows neither the log nor the files of a newer job of its name", async () => {
  const paths = serve();
  show();
  await screen.findByRole("region", { name: "Time line" });
  for (const tab of ["Artifacts", "Findings"]) {
    await userEvent.click(screen.getByRole("tab", { name: tab }));
    expect(screen.getByText("The artifacts under this name belong to a newer job.")).toBeTruthy();
  }
  expect(paths.filter((path) => /logs|artifacts/.test(path))).toEqual([]);
});

test("a job of the history that could not be read is read again", async () => {
  serve(1);
  show();
  await screen.findByText("Broken");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByRole("region", { name: "Time line" });
});
