import { expect, test } from "vitest";
import type { JobView } from "./data/jobView";
import { LineBuffer, parseLine } from "./logs/lines";
import { curlCreate, kubectlApply } from "./manifest/commands";
import { secondsLeft } from "./overview/eta";
import { moreMemory } from "./overview/FailureBox";
import { placed, spansOf } from "./overview/timeline";

const T = (second: number) => new Date(Date.UTC(2026, 10, 30, 8, 0, second)).toISOString();

function finishedStage(stage: string, seconds: number, end: number): string {
  return JSON.stringify({
    event: "stage finished",
    level: "info",
    stage,
    duration_seconds: seconds,
    timestamp: T(end),
  });
}

function jobView(more: Partial<JobView>): JobView {
  const attempt = { number: 1, memoryLimit: "1Gi", admittedAt: T(10), startedAt: T(12), finishedAt: T(30) };
  return {
    createdAt: T(0),
    admittedAt: T(10),
    finishedAt: T(30),
    phase: "Succeeded",
    progress: null,
    attempts: [attempt],
    ...more,
  } as JobView;
}

test("the time line has waiting, starting and the stages of the log", () => {
  const lines = [finishedStage("fetch", 2, 14), finishedStage("gltf", 10, 30)].map(parseLine);
  const spans = spansOf(jobView({}), lines);
  expect(spans.map(({ name }) => name)).toEqual(["Queued", "Starting", "fetch", "gltf"]);
  const shares = placed(spans, 0).map(({ offset, length }) => [offset, length].map((share) => Math.round(share * 30)));
  expect(shares).toEqual([
    [0, 10],
    [10, 2],
    [12, 2],
    [20, 10],
  ]);
});

test("earlier attempts and a stage that still runs are on the time line", () => {
  const attempts = [
    { number: 1, memoryLimit: "1Gi", admittedAt: T(10), startedAt: T(12), finishedAt: T(20), reason: "OutOfMemory" },
    { number: 2, memoryLimit: "2Gi", admittedAt: T(22), startedAt: T(24) },
  ];
  const progress = { percent: 40, stage: "geometry", elementsDone: 1, elementsTotal: 2, updatedAt: T(29) };
  const running = jobView({ attempts, phase: "Running", progress, finishedAt: null });
  const spans = spansOf(running, [parseLine(finishedStage("fetch", 1, 25), 1)]);
  expect(spans.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
    "phase Queued",
    "attempt 1",
    "phase Starting",
    "stage fetch",
    "stage geometry",
  ]);
  expect(spans.at(-1)?.end).toBeNull();
  const { offset = 0, length = 0 } = placed(spans, Date.parse(T(30))).at(-1) ?? {};
  expect([offset, length].map((share) => Math.round(share * 30))).toEqual([25, 5]);
});

test("a run without a log has one bar", () => {
  expect(spansOf(jobView({}), []).map(({ name }) => name)).toEqual(["Queued", "Starting", "Running"]);
  expect(spansOf(jobView({ attempts: [], admittedAt: null, startedAt: null, finishedAt: T(5) }), [])).toMatchObject([
    { name: "Queued", end: Date.parse(T(5)) },
  ]);
});

test("the remaining time follows from the speed so far", () => {
  expect(secondsLeft({ percent: 25, updatedAt: T(10) }, T(0), Date.parse(T(10)))).toBe(30);
  expect(secondsLeft({ percent: 25, updatedAt: T(10) }, T(0), Date.parse(T(15)))).toBe(25);
  expect(secondsLeft({ percent: 25, updatedAt: T(10) }, T(0), Date.parse(T(41)))).toBeNull();
  expect(secondsLeft({ percent: 1, updatedAt: T(10) }, T(0), Date.parse(T(10)))).toBeNull();
});

test("a retry after OutOfMemory proposes twice the memory", () => {
  const attempts = (memoryLimit: string) => ({ attempts: [{ number: 1, admittedAt: T(0), memoryLimit }] });
  expect(moreMemory(attempts("512Mi"))).toBe("1Gi");
  expect(moreMemory(attempts("3Gi"))).toBe("6Gi");
  expect(moreMemory({ attempts: [] })).toBeNull();
});

test("a log line has level, time and text; other fields follow the text", () => {
  expect(parseLine(finishedStage("gltf", 1.5, 3), 7)).toMatchObject({
    number: 7,
    level: "info",
    time: T(3),
    text: "stage finished  stage=gltf  duration_seconds=1.5",
  });
  expect(parseLine("Traceback (most recent call last):", 1).level).toBe("error");
  expect(parseLine("{not json", 1).text).toBe("{not json");
  expect(parseLine("a\u001b[31m\u202eb", 1).text).toBe("a␛[31m⟨U+202E⟩b");
});

test("a log keeps its last lines, whatever pieces it comes in", () => {
  const buffer = new LineBuffer(3);
  for (const piece of ["one\ntw", "o\nthree\r\nfo", "ur\nfive"]) buffer.push(piece);
  buffer.finish();
  expect(buffer.lines.map(({ number, text }) => `${number} ${text}`)).toEqual(["3 three", "4 four", "5 five"]);
  expect(buffer.dropped).toBe(2);
});

test("a line without an end is cut", () => {
  const buffer = new LineBuffer(10);
  for (let piece = 0; piece < 50; piece += 1) buffer.push("x".repeat(1000));
  expect(buffer.lines.length).toBeGreaterThan(1);
  expect(buffer.lines.every(({ text }) => text.length < 4100)).toBe(true);
});

const spec = {
  source: { s3: { bucket: "uploads", key: "bim/42/source.ifc" }, sha256: "ab", maxBytes: 1, strictSchema: false },
  queue: "it's",
  priority: 0,
} as never;

test("the curl command names the upload, and quotes for the shell", () => {
  const command = curlCreate("https://example.com", "bim", spec, true);
  expect(command).toContain('--header "Authorization: Bearer $TOKEN"');
  expect(command).toContain(`--data '{"source":{"upload":"42","sha256":"ab"},"queue":"it'\\''s"}'`);
  expect(curlCreate("https://example.com", "other", spec, false)).toContain("s3://uploads/bim/42/source.ifc");
  const stored = { source: { s3: { store: "archive", bucket: "plans", key: "bim/42/source.ifc" } } } as never;
  expect(curlCreate("https://example.com", "bim", stored, false)).toContain("s3+archive://plans/bim/42/source.ifc");
});

test("the end of the manifest is a line that it does not have", () => {
  expect(kubectlApply("bim", "a: 1\n")).toBe("kubectl apply --namespace bim --filename - <<'EOF'\na: 1\nEOF\n");
  expect(kubectlApply("bim", "a: |\n  b\nEOF\n")).toContain("<<'END_OF_MANIFEST'");
});
