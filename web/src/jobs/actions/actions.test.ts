import { expect, test, vi } from "vitest";
import { keyOf } from "../../api/live/LiveStore";
import { finishedBetween } from "../notify/notify";
import { applies, performAll, type Target } from "./actions";

const { answer, urlOf } = await vi.hoisted(() => import("../../components/testing/fetch"));

const targets: Target[] = Array.from({ length: 20 }, (_, number) => ({
  namespace: "bim",
  name: `job-${number}`,
  uid: String(number),
  phase: "Running",
}));

test.each([
  ["cancel", "Running", true],
  ["cancel", "Failed", false],
  ["suspend", "Queued", true],
  ["suspend", "Suspended", false],
  ["resume", "Suspended", true],
  ["retry", "Running", false],
  ["retry", "Cancelled", true],
  ["delete", "Running", true],
] as const)("%s of a job that is %s: %s", (action, phase, isPossible) => {
  expect(applies(action, phase)).toBe(isPossible);
});

test("each job of a bulk action has its own outcome", async () => {
  const paths: string[] = [];
  answer.mockImplementation(async (request) => {
    const { pathname } = urlOf(request);
    paths.push(pathname);
    if (!pathname.includes("/job-7/")) return new Response("{}", { status: 202 });
    return Response.json({ code: "JobFinished", title: "Conflict", detail: "job-7 has finished" }, { status: 409 });
  });
  const progress: number[] = [];
  const failed = await performAll("cancel", targets, "1", (done) => progress.push(done));
  expect(paths).toHaveLength(20);
  expect(paths[0]).toBe("/api/v1/namespaces/bim/jobs/job-0/cancel");
  expect(progress.at(-1)).toBe(20);
  expect(failed.map(({ job, error }) => [job.name, String(error)])).toEqual([
    ["job-7", "Error: Conflict: job-7 has finished"],
  ]);
});

test("only the user's own jobs that have just finished are told", () => {
  const make = (name: string, phase: string, owner = "ann") => ({ ...targets[0], name, uid: name, phase, owner });
  const state = (...jobs: object[]) => new Map(jobs.map((job) => [keyOf(job as Target), job])) as never;
  const before = state(make("a", "Running"), make("b", "Running"), make("c", "Failed"), make("d", "Running", "bob"));
  const after = state(
    make("a", "Succeeded"),
    make("b", "Running"),
    make("c", "Failed"),
    make("d", "Failed", "bob"),
    make("unseen", "Failed"),
  );
  expect(finishedBetween(before, after, "ann").map(({ name }) => name)).toEqual(["a"]);
});
