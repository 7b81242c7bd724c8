import { type CameraState, FIELD_OF_VIEW, type Vec3 } from "../../viewer/types";
import { cross } from "../../viewer/vectors";
import { type ClippingPlane, UnreadableBcf, type Viewpoint } from "./types";
import { normalized, type Vector } from "./vectors";
import { all, first, node, readXml, textOf, writeXml, type XmlNode } from "./xml";

const GLOBAL_ID = /^[0-9A-Za-z_$]{22}$/;
/** Numbers beyond are no place on earth, even in millimetres. */
const FARTHEST = 1e11;
const UP: Vec3 = [0, 0, 1];

/** Write viewpoint.bcfv. */
export function writeViewpoint(viewpoint: Viewpoint, guid: string): string {
  const { camera, planes } = viewpoint;
  return writeXml(
    node(
      "VisualizationInfo",
      [
        components(viewpoint),
        ...(camera === null ? [] : [cameraNode(camera)]),
        ...(planes.length === 0 ? [] : [node("ClippingPlanes", planes.map(planeNode))]),
      ],
      { Guid: guid },
    ),
  );
}

function components({ selection, isVisible, exceptions, colours }: Viewpoint): XmlNode {
  const list = (name: string, globalIds: readonly string[]) => {
    const children = componentNodes(globalIds);
    return children.length === 0 ? [] : [node(name, children)];
  };
  const hints = { SpacesVisible: "false", SpaceBoundariesVisible: "false", OpeningsVisible: "false" };
  const coloured = colours.flatMap(({ colour, globalIds }) => {
    const children = componentNodes(globalIds);
    return children.length === 0 ? [] : [node("Color", children, { Color: colour })];
  });
  return node("Components", [
    node("ViewSetupHints", [], hints),
    ...list("Selection", selection),
    node("Visibility", list("Exceptions", exceptions), { DefaultVisibility: String(isVisible) }),
    ...(coloured.length === 0 ? [] : [node("Coloring", coloured)]),
  ]);
}

/** BCF allows valid GlobalIds only; damaged files have others. */
function componentNodes(globalIds: readonly string[]): XmlNode[] {
  return globalIds.filter((globalId) => GLOBAL_ID.test(globalId)).map((IfcGuid) => node("Component", [], { IfcGuid }));
}

function cameraNode({ position, target, projection, height }: CameraState): XmlNode {
  const direction = normalized([target[0] - position[0], target[1] - position[1], target[2] - position[2]]) ?? [
    0, 1, 0,
  ];
  // Looking straight down, north is above.
  const right = normalized(cross(direction, UP)) ?? [1, 0, 0];
  const parts = [
    vectorNode("CameraViewPoint", position),
    vectorNode("CameraDirection", direction),
    vectorNode("CameraUpVector", cross(right, direction)),
  ];
  if (projection === "perspective")
    return node("PerspectiveCamera", [...parts, node("FieldOfView", String(FIELD_OF_VIEW))]);
  return node("OrthogonalCamera", [...parts, node("ViewToWorldScale", String(height ?? 1))]);
}

function planeNode({ point, normal }: ClippingPlane): XmlNode {
  const direction = normal.map((value) => -value || 0) as Vec3;
  return node("ClippingPlane", [vectorNode("Location", point), vectorNode("Direction", direction)]);
}

function vectorNode(name: string, vector: Vector): XmlNode {
  const [x, y, z] = vector;
  return node(name, [node("X", String(x)), node("Y", String(y)), node("Z", String(z))]);
}

/** Read viewpoint.bcfv. */
export function readViewpoint(text: string): Viewpoint {
  const root = readXml(text);
  if (root.localName !== "VisualizationInfo") throw new UnreadableBcf("a viewpoint is not a VisualizationInfo");
  const visibility = first(root, "Visibility");
  return {
    camera: readCamera(root),
    selection: globalIdsOf(first(root, "Selection")),
    isVisible: /^(true|1)$/.test(visibility?.getAttribute("DefaultVisibility") ?? "true"),
    exceptions: globalIdsOf(first(visibility, "Exceptions")),
    colours: all(first(root, "Coloring"), "Color").map((element) => ({
      colour: (element.getAttribute("Color") ?? "").slice(-6),
      globalIds: globalIdsOf(element),
    })),
    planes: all(root, "ClippingPlane").flatMap(readPlane),
  };
}

function globalIdsOf(parent: Element | null): string[] {
  return all(parent, "Component").flatMap((component) => component.getAttribute("IfcGuid") ?? []);
}

function readCamera(root: Element): CameraState | null {
  const orthogonal = first(root, "OrthogonalCamera");
  const element = orthogonal ?? first(root, "PerspectiveCamera");
  const position = readVector(first(element, "CameraViewPoint"));
  const direction = normalized(readVector(first(element, "CameraDirection")) ?? [0, 0, 0]);
  if (position === null || direction === null) return null;
  const target = position.map((value, axis) => value + (direction[axis] ?? 0)) as Vec3;
  const height = Number(textOf(orthogonal, "ViewToWorldScale"));
  if (orthogonal === null) return { position, target, projection: "perspective" };
  return { position, target, projection: "orthographic", ...(height > 0 && height < FARTHEST && { height }) };
}

function readPlane(element: Element): ClippingPlane[] {
  const point = readVector(first(element, "Location"));
  const direction = normalized(readVector(first(element, "Direction")) ?? [0, 0, 0]);
  if (point === null || direction === null) return [];
  return [{ point, normal: direction.map((value) => -value || 0) as Vec3 }];
}

function readVector(element: Element | null): Vec3 | null {
  const numbers = ["X", "Y", "Z"].map((name) => Number.parseFloat(textOf(element, name) ?? ""));
  return numbers.every((number) => Math.abs(number) < FARTHEST) ? (numbers as Vec3) : null;
}
