import { strToU8, unzipSync, zipSync } from "fflate";
import { expect, test } from "vitest";
import { legendOf } from "../colours/legend";
import { type SceneState, START } from "../state/scene";
import { visibilityOf } from "../state/visibility";
import { federationOf, HOUSE, modelOf } from "../testing/models";
import { readBcf, writeBcf } from "./archive";
import { fromViewpoint, toViewpoint } from "./convert";
import { type Topic, UnreadableBcf, type Viewpoint } from "./types";

const globalId = (place: number) => `0${String(place).padStart(21, "x")}`;
const HOME = federationOf(modelOf(HOUSE.map((row, place) => ({ ...row, globalId: globalId(place) }))));

function topicOf(state: Partial<SceneState>, more: Partial<Topic> = {}): Topic {
  const whole = { ...START, ...state };
  const shown = {
    state: whole,
    camera: { position: [1, 2, 3], target: [1, 12, 3], projection: "perspective" } as const,
    visibility: visibilityOf(whole, null, new Set()),
    legend: legendOf(new Map([[3, { text: "A", number: null, unit: null }]])),
  };
  const viewpoint = toViewpoint(HOME, {
    ...shown,
    camera: { ...shown.camera, position: [1, 2, 3], target: [1, 12, 3] },
  });
  return { title: "T", author: "Ann", date: "2026-11-30T08:00:00Z", snapshot: null, viewpoint, ...more };
}

function back(topic: Topic): Viewpoint {
  const [read] = readBcf(writeBcf([topic], []));
  if (read === undefined) throw new Error("no topic");
  return read.viewpoint;
}

function restored(topic: Topic) {
  return fromViewpoint(HOME, back(topic), () => 10);
}

test("a view comes back from BCF as it was", () => {
  const section = { kind: "plane", point: [0, 0, 1.25], normal: [0, 0, -1] } as const;
  const state = {
    selected: new Set([3, 5]),
    hidden: new Set([4]),
    section: {
      ...section,
      point: [0, 0, 1.25] as [number, number, number],
      normal: [0, 0, -1] as [number, number, number],
    },
  };
  const read = restored(topicOf(state));
  // Components of a viewpoint stand for themselves, not for their parts.
  expect(read.state).toEqual({ ...START, ...state, alone: state.selected, focus: 3 });
  expect(read.camera).toEqual({ position: [1, 2, 3], target: [1, 12, 3], projection: "perspective" });
});

test("a section box is six planes, and comes back as a box", () => {
  const section = {
    kind: "box" as const,
    min: [0, 1, 2] as [number, number, number],
    max: [3, 4, 5] as [number, number, number],
  };
  const topic = topicOf({ section });
  expect(topic.viewpoint.planes).toHaveLength(6);
  expect(restored(topic).state.section).toEqual(section);
});

test("few visible elements are written instead of many hidden ones", () => {
  const topic = topicOf({ isolated: new Set([3]) });
  expect(topic.viewpoint).toMatchObject({ isVisible: false, exceptions: [globalId(3)] });
  expect(restored(topic).state.isolated).toEqual(new Set([3]));
});

test("an orthographic view from above has its height and north above", () => {
  const camera = { position: [5, 5, 50], target: [5, 5, 0], projection: "orthographic", height: 24.5 } as const;
  const topic = topicOf({});
  topic.viewpoint.camera = { ...camera, position: [5, 5, 50], target: [5, 5, 0] };
  const files = unzipSync(writeBcf([topic], []));
  const name = Object.keys(files).find((file) => file.endsWith("viewpoint.bcfv")) ?? "";
  const text = new TextDecoder().decode(files[name]);
  expect(text).toMatch(/<CameraUpVector><X>-?0<\/X><Y>1<\/Y><Z>0<\/Z><\/CameraUpVector>/);
  expect(back(topic).camera).toMatchObject({ projection: "orthographic", height: 24.5 });
});

test("titles, authors and pictures come back, hostile ones as text", () => {
  const title = "<script>alert('x')</script> & \"Ä\u0001\"";
  const snapshot = { bytes: new Uint8Array([137, 80, 78, 71]), type: "png" as const };
  const [topic] = readBcf(writeBcf([topicOf({}, { title, snapshot })], [{ name: "a&b.ifc", project: null }]));
  expect(topic?.title).toBe(title.replace("\u0001", "�"));
  expect(topic?.author).toBe("Ann");
  expect([...(topic?.snapshot?.bytes ?? [])]).toEqual([137, 80, 78, 71]);
});

test("GlobalIds that are not valid are left out of BCF", () => {
  const topic = topicOf({});
  topic.viewpoint.selection = ["too short", globalId(3)];
  expect(back(topic).selection).toEqual([globalId(3)]);
});

const VIEWPOINT = `<?xml version="1.0" encoding="utf-8"?>
<VisualizationInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" Guid="8dc86298-9737-40b4-a448-98a9e953293a">
  <Components>
    <ViewSetupHints SpacesVisible="false" SpaceBoundariesVisible="false" OpeningsVisible="false" />
    <Selection>
      <Component IfcGuid="${globalId(5)}"><OriginatingSystem>Tool</OriginatingSystem></Component>
      <Component IfcGuid="0000000000000000000000" />
    </Selection>
    <Visibility DefaultVisibility="true"><Exceptions><Component IfcGuid="${globalId(4)}" /></Exceptions></Visibility>
  </Components>
  <PerspectiveCamera>
    <CameraViewPoint><X>10</X><Y>0</Y><Z>2.5e0</Z></CameraViewPoint>
    <CameraDirection><X>-2</X><Y>0</Y><Z>0</Z></CameraDirection>
    <CameraUpVector><X>0</X><Y>0</Y><Z>1</Z></CameraUpVector>
    <FieldOfView>60</FieldOfView>
  </PerspectiveCamera>
  <ClippingPlanes>
    <ClippingPlane>
      <Location><X>0</X><Y>0</Y><Z>3</Z></Location>
      <Direction><X>0</X><Y>0</Y><Z>1</Z></Direction>
    </ClippingPlane>
  </ClippingPlanes>
</VisualizationInfo>`;
const MARKUP = `\ufeff<?xml version="1.0" encoding="UTF-8"?>
<Markup>
  <Topic Guid="7ddc3ef0-0ab7-43f1-918a-45e38b42369c" TopicType="Clash" TopicStatus="Open">
    <Title>Door clashes</Title>
    <CreationDate>2026-01-02T03:04:05+01:00</CreationDate>
    <CreationAuthor>bob@example.com</CreationAuthor>
  </Topic>
  <Viewpoints Guid="8dc86298-9737-40b4-a448-98a9e953293a">
    <Viewpoint>Viewpoint_8dc86298.bcfv</Viewpoint>
  </Viewpoints>
</Markup>`;

function archive(files: Record<string, string>): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));
}

test("a BCF 2.1 archive of another program is read", () => {
  const [topic, ...rest] = readBcf(
    archive({ "bcf.version": "<Version/>", "7d/markup.bcf": MARKUP, "7d/Viewpoint_8dc86298.bcfv": VIEWPOINT }),
  );
  expect(rest).toEqual([]);
  expect(topic).toMatchObject({ title: "Door clashes", author: "bob@example.com" });
  if (topic === undefined) throw new Error("no topic");
  const { state, camera } = fromViewpoint(HOME, topic.viewpoint, () => 8);
  expect(state).toMatchObject({ selected: new Set([5]), hidden: new Set([4]), isolated: null });
  // In BCF the direction of a clipping plane points to what is cut off.
  expect(state.section).toEqual({ kind: "plane", point: [0, 0, 3], normal: [0, 0, -1] });
  expect(camera).toEqual({ position: [10, 0, 2.5], target: [2, 0, 2.5], projection: "perspective" });
});

test.each([
  ["a text", strToU8("not a zip")],
  ["no topics", archive({ "readme.txt": "x" })],
  ["broken XML", archive({ "a/markup.bcf": "<Markup>" })],
  ["entities", archive({ "a/markup.bcf": '<!DOCTYPE x [<!ENTITY a "b">]><Markup>&a;</Markup>' })],
  ["too many files", archive(Object.fromEntries(Array.from({ length: 5001 }, (_, place) => [`${place}`, ""])))],
  ["a bomb", archive({ "a/markup.bcf": `<Markup>${" ".repeat(11 * 2 ** 20)}</Markup>` })],
])("an archive with %s is refused", (_, bytes) => {
  expect(() => readBcf(bytes)).toThrow(UnreadableBcf);
});

test("a size that lies about the content does not grow beyond it", () => {
  const bytes = archive({ "a/markup.bcf": `<Markup>${"x".repeat(100_000)}</Markup>` });
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // The uncompressed size in the central directory: 24 bytes after its signature.
  for (let at = 0; at < bytes.length - 4; at += 1)
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 10, true);
  expect(() => readBcf(bytes)).toThrow(UnreadableBcf);
});
