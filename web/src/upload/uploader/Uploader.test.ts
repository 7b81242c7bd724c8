// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeUploadApi, problem } from "../testing/FakeUploadApi";
import { DESTINATION, FakeRecords, ifcFile, stageOf, uploaderOf } from "../testing/scene";
import type { Stage } from "./types";

let api: FakeUploadApi;
let records: FakeRecords;

beforeEach(async () => {
  api = new FakeUploadApi();
  records = new FakeRecords();
  await api.start();
});
afterEach(() => api.stop());

function add(uploader: ReturnType<typeof uploaderOf>, file: File) {
  uploader.add([{ file, path: "" }], DESTINATION);
}

test("a file is sent in parts, completed, and made a job with the options", async () => {
  const uploader = uploaderOf(api, records);
  const file = ifcFile(4_500);
  add(uploader, file);
  const item = await stageOf(uploader, "submitted");
  expect(item.job).toBe("job-upload1");
  expect(api.jobs.get("upload1")).toEqual({ priority: 5, source: { upload: "upload1" } });
  const parts = [...(api.sessions.get("upload1")?.parts.entries() ?? [])].sort(([a], [b]) => a - b);
  expect(Buffer.concat(parts.map(([, content]) => content)).toString()).toBe(await file.text());
  expect(api.sessions.get("upload1")?.sha256).toHaveLength(64);
  expect(records.kept.size).toBe(0);
  expect(uploader.isActive).toBe(false);
});

test("a lost connection is waited for, and stored parts are not sent again", async () => {
  const uploader = uploaderOf(api, records);
  const stages = new Set<Stage>();
  uploader.subscribe(() => stages.add(uploader.get()[0]?.stage ?? "waiting"));
  let failures = 0;
  api.breaks = (path) => api.received.length >= 3 && failures++ < 15 && path !== "";
  add(uploader, ifcFile(8_000));
  await stageOf(uploader, "submitted");
  expect(failures).toBeGreaterThan(10);
  expect(stages).toContain("offline");
  expect(api.received.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a part that arrived before the connection was lost is not sent again", async () => {
  const uploader = uploaderOf(api, records);
  let isFirst = true;
  api.answers = (method, path) => {
    if (!isFirst || method !== "PUT") return null;
    isFirst = false;
    api.received.push(1);
    api.sessions.get("upload1")?.parts.set(1, Buffer.alloc(1000));
    api.breaks = (other) => other === path;
    return problem(503, "Interrupted");
  };
  add(uploader, ifcFile(2_000));
  await stageOf(uploader, "submitted");
  expect(api.received.filter((number) => number === 1)).toEqual([1]);
});

test("expired URLs are signed again", async () => {
  api.isStore = true;
  const uploader = uploaderOf(api, records);
  api.answers = () => {
    if (api.received.length === 2 && api.signature === 1) api.signature = 2;
    return null;
  };
  add(uploader, ifcFile(6_000));
  await stageOf(uploader, "submitted");
  expect(api.received.toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(api.requests.some((request) => request.endsWith("/parts") && request.startsWith("POST"))).toBe(true);
});

test("a store that refuses every URL ends the upload, which can be tried again", async () => {
  api.isStore = true;
  api.answers = (method) => (method === "PUT" ? { status: 403 } : null);
  const uploader = uploaderOf(api, records);
  add(uploader, ifcFile(1_500));
  const { id } = await stageOf(uploader, "failed");
  api.answers = () => null;
  uploader.retry(id);
  await stageOf(uploader, "submitted");
  expect(api.sessions.size).toBe(1);
});

/** Send a part of a file, and leave the page while the others hang. */
async function interrupted(file: File): Promise<void> {
  const first = uploaderOf(api, records);
  api.breaks = () => api.received.length >= 2;
  add(first, file);
  await stageOf(first, "offline");
  first.get();
  for (const { id } of first.get()) stopWithoutTrace(first, id);
  api.breaks = () => false;
}

/** A page that is left sends nothing more, but neither cancels nor forgets anything. */
function stopWithoutTrace(uploader: ReturnType<typeof uploaderOf>, id: string): void {
  const works = Reflect.get(uploader, "works") as Map<string, { control: AbortController }>;
  works.get(id)?.control.abort(new Error("the page was left"));
}

test("after a reload only the missing parts of the same file are sent", async () => {
  await interrupted(ifcFile(5_000));
  const before = [...api.received];
  const uploader = uploaderOf(api, records);
  await uploader.restore();
  const item = await stageOf(uploader, "interrupted");
  uploader.continue(item.id, { file: ifcFile(5_000), path: "" });
  await stageOf(uploader, "submitted");
  expect(before.length).toBeGreaterThan(0);
  expect(api.received.toSorted()).toEqual([1, 2, 3, 4, 5]);
  expect(api.jobs.get("upload1")).toMatchObject({ priority: 5 });
});

test("dropping the same file again continues its interrupted upload", async () => {
  await interrupted(ifcFile(5_000));
  const uploader = uploaderOf(api, records);
  await uploader.restore();
  add(uploader, ifcFile(5_000));
  await stageOf(uploader, "submitted");
  expect(uploader.get()).toHaveLength(1);
  expect(api.sessions.size).toBe(1);
});

test.each([
  ["another size", ifcFile(5_001)],
  ["another name", ifcFile(5_000, "other.ifc")],
  ["another time", ifcFile(5_000, "house.ifc", 2_000)],
])("a file of %s does not continue an upload", async (_, wrong) => {
  await interrupted(ifcFile(5_000));
  const before = api.requests.length;
  const uploader = uploaderOf(api, records);
  await uploader.restore();
  const { id } = await stageOf(uploader, "interrupted");
  uploader.continue(id, { file: wrong, path: "" });
  const item = uploader.get()[0];
  expect(item).toMatchObject({ stage: "interrupted", reason: { key: "differentFile" } });
  expect(api.requests.length).toBe(before);
});

test("an upload that the server has forgotten begins anew", async () => {
  await interrupted(ifcFile(3_000));
  api.sessions.clear();
  const uploader = uploaderOf(api, records);
  await uploader.restore();
  add(uploader, ifcFile(3_000));
  await stageOf(uploader, "submitted");
});

test("the upload of another tab is left alone while that tab lives", async () => {
  await interrupted(ifcFile(3_000));
  const other = uploaderOf(api, records, { tab: "other" });
  await other.restore();
  expect(other.get()).toEqual([]);
  for (const record of records.kept.values()) record.seen -= 60_000;
  await other.restore();
  await stageOf(other, "interrupted");
});

test("a cancelled upload is deleted at the server and forgotten", async () => {
  const uploader = uploaderOf(api, records);
  api.breaks = (path) => path.includes("/parts/");
  add(uploader, ifcFile(3_000));
  const { id } = await stageOf(uploader, "offline");
  uploader.cancel(id);
  await stageOf(uploader, "cancelled");
  await vi.waitFor(() => expect(api.sessions.size).toBe(0));
  expect(records.kept.size).toBe(0);
  const requests = api.requests.length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(api.requests.length).toBe(requests);
  expect(uploader.isActive).toBe(false);
});

test.each([
  ["an empty file", new File([], "empty.ifc"), "empty"],
  ["a file above the limit", ifcFile(1_000_001), "tooLarge"],
  ["a Revit file", new File(["x"], "house.rvt"), "format.rvt"],
  ["an unknown ending", new File(["x"], "house.txt"), "suffix"],
  ["a PDF with the ending of IFC", new File(["%PDF-1.7"], "house.ifc"), "format.pdf"],
  ["a truncated file", new File(["ISO-10303-21;\nHEADER;\n#1=IFCWALL("], "house.ifc"), "truncated"],
])("%s is refused before anything is sent", async (_, file, key) => {
  const uploader = uploaderOf(api, records);
  add(uploader, file);
  expect((await stageOf(uploader, "refused")).reason).toMatchObject({ key });
  expect(api.requests).toEqual([]);
});

test("content that was processed before is not sent, unless the user repeats it", async () => {
  api.known = { job: "old", uid: "1", sha256: "a".repeat(64), url: "/", modelUrl: "/" };
  const uploader = uploaderOf(api, records);
  add(uploader, ifcFile(2_000));
  const item = await stageOf(uploader, "known");
  expect(item.known?.job).toBe("old");
  expect(api.received).toEqual([]);
  await vi.waitFor(() => expect(api.sessions.size).toBe(0));
  uploader.repeat(item.id);
  await stageOf(uploader, "submitted");
  expect(api.received.toSorted()).toEqual([1, 2]);
});

test("the server's reason for refusing a file is shown", async () => {
  api.answers = (_, path) => (path.endsWith("/complete") ? problem(415, "NotAnIfcFile", "It is ifcXML.") : null);
  const uploader = uploaderOf(api, records);
  add(uploader, ifcFile(500));
  expect((await stageOf(uploader, "failed")).reason).toEqual({ kind: "problem", detail: "It is ifcXML." });
  await vi.waitFor(() => expect(records.kept.size).toBe(0));
});

test("a file that changes while it is sent ends the upload", async () => {
  const file = ifcFile(1_500);
  const uploader = uploaderOf(api, records);
  api.breaks = (path) => {
    if (!path.includes("/parts/")) return false;
    vi.spyOn(file, "slice").mockImplementation(() => {
      throw new DOMException("changed", "NotReadableError");
    });
    return true;
  };
  add(uploader, file);
  expect((await stageOf(uploader, "failed")).reason).toMatchObject({ key: "changed" });
});

test("an expired sign-in is waited for", async () => {
  let isSignedIn = false;
  api.answers = (method) => (method === "PUT" && !isSignedIn ? problem(401, "Unauthenticated") : null);
  const signedIn = async () => {
    isSignedIn = true;
  };
  const uploader = uploaderOf(api, records, { around: { online: async () => undefined, signedIn } });
  add(uploader, ifcFile(2_500));
  await stageOf(uploader, "submitted");
});

test("at most four parts are on their way at once", async () => {
  let now = 0;
  let most = 0;
  const uploader = uploaderOf(api, records);
  const { transport } = Reflect.get(uploader, "use") as { transport: { send: (...all: never[]) => Promise<void> } };
  const send = transport.send;
  transport.send = async (...all) => {
    most = Math.max(most, ++now);
    await send(...all).finally(() => now--);
  };
  for (let number = 0; number < 3; number += 1) add(uploader, ifcFile(9_000, `file-${number}.ifc`));
  await vi.waitFor(() => expect(api.jobs.size).toBe(3));
  expect(most).toBe(4);
});
