import type { CameraState, Section, Vec3 } from "../../viewer/types";
import type { Legend } from "../colours/legend";
import type { ElementNumber, Federation } from "../data/Federation";
import { type SceneState, START } from "../state/scene";
import type { Visibility } from "../state/visibility";
import type { ClippingPlane, Viewpoint } from "./types";

interface Shown {
  state: SceneState;
  camera: CameraState | null;
  visibility(element: ElementNumber): Visibility;
  legend: Legend | null;
}

/** Return what the page shows as a viewpoint of BCF. */
export function toViewpoint(federation: Federation, { state, camera, visibility, legend }: Shown): Viewpoint {
  const name = (element: ElementNumber) => federation.globalId(element);
  const [visible, hidden]: [string[], string[]] = [[], []];
  for (const element of federation.withGeometry())
    (visibility(element) === "shown" ? visible : hidden).push(name(element));
  // The shorter list; ghosts are hidden, because BCF has none.
  const isVisible = hidden.length <= visible.length;
  return {
    camera,
    selection: [...state.selected].map(name),
    isVisible,
    exceptions: isVisible ? hidden : visible,
    colours: (legend?.rows ?? []).map(({ colour, elements }) => ({
      colour: colour
        .map((channel) => channel.toString(16).padStart(2, "0"))
        .join("")
        .toUpperCase(),
      globalIds: elements.map(name),
    })),
    planes: planesOf(state.section),
  };
}

/** Return the state of a viewpoint; GlobalIds that no model has are left out. `distance` is from eye to scene. */
export function fromViewpoint(
  federation: Federation,
  viewpoint: Viewpoint,
  distance: (position: Vec3, direction: Vec3) => number,
): { state: SceneState; camera: CameraState | null } {
  const elements = (globalIds: readonly string[]) =>
    new Set(globalIds.flatMap((globalId) => federation.find(globalId) ?? []));
  const selected = elements(viewpoint.selection);
  const exceptions = elements(viewpoint.exceptions);
  const camera = viewpoint.camera === null ? null : placed(viewpoint.camera, distance);
  const state: SceneState = {
    ...START,
    selected,
    alone: selected,
    focus: [...selected][0] ?? null,
    hidden: viewpoint.isVisible ? exceptions : START.hidden,
    isolated: viewpoint.isVisible ? null : exceptions,
    section: sectionOf(viewpoint.planes),
    projection: camera?.projection ?? START.projection,
  };
  return { state, camera };
}

/** BCF has only the direction: look at a point as far away as the scene, around which the camera then turns. */
function placed(camera: CameraState, distance: (position: Vec3, direction: Vec3) => number): CameraState {
  const direction = camera.target.map((value, axis) => value - (camera.position[axis] ?? 0)) as Vec3;
  const away = distance(camera.position, direction);
  const target = camera.position.map((value, axis) => value + (direction[axis] ?? 0) * away) as Vec3;
  return { ...camera, target };
}

function planesOf(section: Section | null): ClippingPlane[] {
  if (section === null) return [];
  if (section.kind === "plane") return [{ point: section.point, normal: section.normal }];
  return [0, 1, 2].flatMap((axis) => {
    const normal = (sign: number) => [0, 1, 2].map((other) => (other === axis ? sign : 0)) as Vec3;
    return [
      { point: section.min, normal: normal(1) },
      { point: section.max, normal: normal(-1) },
    ];
  });
}

/** Return six planes along the axes as a box; of other planes the first, because the viewer cuts with one. */
function sectionOf(planes: readonly ClippingPlane[]): Section | null {
  const [plane] = planes;
  if (plane === undefined) return null;
  const side = (axis: number, sign: number) =>
    planes.find(({ normal }) => Math.abs((normal[axis] ?? 0) - sign) < 1e-6)?.point[axis];
  const min = [0, 1, 2].map((axis) => side(axis, 1));
  const max = [0, 1, 2].map((axis) => side(axis, -1));
  if (planes.length === 6 && [...min, ...max].every((value) => value !== undefined))
    return { kind: "box", min: min as Vec3, max: max as Vec3 };
  return { kind: "plane", point: plane.point, normal: plane.normal };
}
