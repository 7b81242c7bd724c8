import type { CameraState, Vec3 } from "../../viewer/types";

/** A plane that cuts; what lies in the direction of `normal` is visible, as in the viewer. BCF has it the other way. */
export interface ClippingPlane {
  point: Vec3;
  normal: Vec3;
}

/** A viewpoint of BCF 2.1: a camera and what it shows. Elements are GlobalIds. */
export interface Viewpoint {
  camera: CameraState | null;
  selection: string[];
  /** Whether elements are visible that are not among the exceptions. */
  isVisible: boolean;
  exceptions: string[];
  colours: { colour: string; globalIds: string[] }[];
  planes: ClippingPlane[];
}

/** A topic with one viewpoint. */
export interface Topic {
  title: string;
  author: string;
  /** ISO 8601. */
  date: string;
  viewpoint: Viewpoint;
  snapshot: { bytes: Uint8Array; type: "png" | "jpg" } | null;
}

/** A file that a topic is about. */
export interface HeaderFile {
  project: string | null;
  name: string;
}

/** The archive is not BCF, or larger than a viewpoint needs. */
export class UnreadableBcf extends Error {
  override name = "UnreadableBcf";
}
