import { expect, test } from "vitest";
import { type Job, keyOf } from "../../api/live/LiveStore";
import { filterOf, isEmpty, matches, NO_FILTER, queryOf, withWords, writeFilter } from "./filter";
import { merge } from "./merge";
import { comparing, NEWEST_FIRST, orderOf, writeOrder } from "./order";

function job(name: string, more: Partial<Job> = {}): Job {
  const created = `2026-11-30T08:00:0${name.length}Z`;
  return {
    namespace: "bim",
    name,
    uid: `uid-${name}`,
    resourceVersion: "1",
    phase: "Queued",
    queue: "default",
    priority: 0,
    attempts: 0,
    degraded: false,
    cacheHit: false,
    createdAt: created,
    ...more,
  };
}

test("an address keeps filter and order", () => {
  const text = "phase=Failed&phase=Running&queue=night&owner=ann&label=project%3Dtower&q=door+a&sort=-priority";
  const parameters = new URLSearchParams(text);
  const written = new URLSearchParams("tab=history");
  writeFilter(filterOf(parameters), written);
  writeOrder(orderOf(parameters), written);
  expect(written.toString()).toBe(`tab=history&${text}`);
});

test("an address with nonsense shows all jobs, newest first", () => {
  const parameters = new URLSearchParams("phase=Nonsense&label=x&sort=__proto__");
  expect(filterOf(parameters)).toEqual(NO_FILTER);
  expect(isEmpty(filterOf(parameters))).toBe(true);
  expect(orderOf(parameters)).toEqual(NEWEST_FIRST);
});

test("words of the search field become filters", () => {
  const filter = withWords(NO_FILTER, 'phase:failed  state:Running user:ann queue:night label:project=tower "oom" x:y');
  expect(filter).toEqual({
    phases: ["Failed", "Running"],
    queue: "night",
    owner: "ann",
    labels: ["project=tower"],
    text: '"oom" x:y',
  });
  expect(withWords(NO_FILTER, 'owner:"Ann B" label:=x phase:none').owner).toBe("Ann B");
  expect(withWords(NO_FILTER, "label:=x phase:none").text).toBe("label:=x phase:none");
});

test("owners and labels are text for the history", () => {
  const { queue, owner, text } = withWords(NO_FILTER, "queue:night owner:ann label:a=b", true);
  expect([queue, owner, text]).toEqual(["night", null, "owner:ann label:a=b"]);
});

test("a filter becomes a query of the API without what is not set", () => {
  expect(queryOf({ ...NO_FILTER, text: "  " })).toEqual({});
  expect(queryOf({ ...NO_FILTER, phases: ["Failed"], text: " a " })).toEqual({ phase: ["Failed"], q: "a" });
});

test.each([
  [{ phases: ["Failed" as const] }, false],
  [{ phases: ["Queued" as const, "Failed" as const] }, true],
  [{ queue: "night" }, false],
  [{ owner: "ann" }, true],
  [{ labels: ["project=tower"] }, true],
  [{ labels: ["project=tower", "project=other"] }, false],
  [{ text: "TOWER house" }, true],
  [{ text: "tower castle" }, false],
])("a job passes the filter %o: %s", (filter, isPassing) => {
  const tested = job("house", { owner: "ann", labels: { project: "tower" } });
  expect(matches(tested, { ...NO_FILTER, ...filter })).toBe(isPassing);
});

test("jobs of the same value are ordered by name, as the API does", () => {
  const jobs = [job("b", { priority: 1 }), job("a", { priority: 1 }), job("c", { priority: 2 })];
  const names = (descending: boolean) =>
    [...jobs].sort(comparing({ column: "priority", descending })).map(({ name }) => name);
  expect(names(true)).toEqual(["c", "b", "a"]);
  expect(names(false)).toEqual(["a", "b", "c"]);
});

const byName = comparing({ column: "name", descending: false });

function live(jobs: Job[], deleted: string[] = []) {
  return { jobs: new Map(jobs.map((one) => [keyOf(one), one])), deleted: new Set(deleted) };
}

function namesOf(rows: Job[]): string[] {
  return rows.map(({ name, phase }) => (phase === "Queued" ? name : `${name} ${phase}`));
}

test("changes of the stream respect filter, order and namespace", () => {
  const loaded = { jobs: [job("a"), job("c"), job("d"), job("e")], hasMore: false };
  const changes = live(
    [
      job("b"),
      job("c", { phase: "Failed", resourceVersion: "2" }),
      job("d", { phase: "Failed", resourceVersion: "0" }),
      job("x", { namespace: "other" }),
    ],
    ["uid-e"],
  );
  const filter = { ...NO_FILTER, phases: ["Queued" as const] };
  expect(namesOf(merge(loaded, changes, "bim", filter, byName))).toEqual(["a", "b", "d"]);
  expect(namesOf(merge(loaded, changes, "bim", NO_FILTER, byName))).toEqual(["a", "b", "c Failed", "d"]);
});

test("a job behind the last loaded one waits for its page", () => {
  const loaded = { jobs: [job("a"), job("c")], hasMore: true };
  expect(namesOf(merge(loaded, live([job("b"), job("d")]), "bim", NO_FILTER, byName))).toEqual(["a", "b", "c"]);
});

test("five thousand jobs are merged fast enough for several changes per second", () => {
  const jobs = Array.from({ length: 5000 }, (_, number) => job(`job-${number}`));
  const begin = performance.now();
  merge({ jobs, hasMore: false }, live(jobs), "bim", { ...NO_FILTER, text: "job" }, comparing(NEWEST_FIRST));
  expect(performance.now() - begin).toBeLessThan(500);
});
