/** The contract between the 3D engine and the pages: metres in IFC axes (Z up), the origin shift included. */

export type Vec3 = [number, number, number];

/** An axis-parallel box. */
export interface Box {
  min: Vec3;
  max: Vec3;
}

/** An affine transformation in metres: where the unit vectors of the axes go, and where the origin goes. */
export interface Transform {
  axes: [Vec3, Vec3, Vec3];
  origin: Vec3;
}

export type Projection = "perspective" | "orthographic";

export type Direction = "top" | "bottom" | "front" | "back" | "left" | "right" | "iso";

/** The vertical angle of the perspective camera, in degrees. */
export const FIELD_OF_VIEW = 45;

/** Everything that makes the picture's view; `height` is the height of the picture in metres (orthographic only). */
export interface CameraState {
  position: Vec3;
  target: Vec3;
  projection: Projection;
  height?: number;
}

/** The part of the scene that is shown: the side of a plane to which `normal` points, or the inside of a box. */
export type Section = { kind: "plane"; point: Vec3; normal: Vec3 } | { kind: "box"; min: Vec3; max: Vec3 };

export type MeasureTool = "distance" | "angle" | "area";

/** A finished measurement: metres, degrees or square metres. */
export interface Measurement {
  id: number;
  tool: MeasureTool;
  points: Vec3[];
  value: number;
}

/** The point of an element under the pointer. */
export interface Hit {
  model: string;
  element: number;
  globalId: string;
  point: Vec3;
  normal: Vec3;
}

/** How elements look; colours are sRGB from 0 to 255. */
export interface Appearance {
  hidden: ReadonlySet<number>;
  ghosted: ReadonlySet<number>;
  colours: ReadonlyMap<number, [number, number, number]>;
  selected: ReadonlySet<number>;
}

export type LoadStage = "download" | "decode" | "merge";

export interface LoadOptions {
  onProgress(loaded: number, total: number | null, stage: LoadStage): void;
  signal: AbortSignal;
  headers?: Record<string, string>;
  /** Leads from the model's own axes to those of the scene; none for the first model. */
  transform?: Transform | null;
}

/** A model in the scene; an element is a node of the GLB with a GlobalId, and its number the index in these lists. */
export interface LoadedModel {
  id: string;
  globalIds: string[];
  indexesOf(globalId: string): readonly number[];
  boxOf(elements: Iterable<number>): Box | null;
  originShift: Vec3;
  triangles: number;
}

export interface ViewerListeners {
  onPick(hit: Hit | null, event: PointerEvent): void;
  onCamera?(camera: CameraState): void;
  onMeasure?(results: Measurement[]): void;
  /** The section was moved by its handles. */
  onSection?(section: Section | null): void;
  /** The graphics context was lost (`true`) or came back (`false`). */
  onContextLost?(lost: boolean): void;
}

/** Elements of one model. */
export interface Target {
  id: string;
  elements: Iterable<number>;
}

/** The 3D engine, as pages use it. */
export interface ViewerApi {
  load(id: string, url: string, options: LoadOptions): Promise<LoadedModel>;
  unload(id: string): void;
  /** Set the whole state of a model's elements; cheap. */
  setAppearance(id: string, appearance: Appearance): void;
  /** Show the targets, or everything visible. */
  fit(targets?: Target[]): void;
  lookFrom(direction: Direction): void;
  projection: Projection;
  camera: CameraState;
  section: Section | null;
  /** Show handles that move the section. */
  editSection: boolean;
  /** Start a tool, or stop measuring. */
  measure(tool: MeasureTool | null): void;
  clearMeasurements(): void;
  pickAt(clientX: number, clientY: number): Hit | null;
  /** The box around everything that is not hidden. */
  visibleBox(): Box | null;
  /** Where the camera looks from, in degrees: 0° is the front, 90° the right side; 90° of elevation is above. */
  readonly orientation: { azimuth: number; elevation: number };
  /** Call `listener` after each frame; returns a function that stops it. */
  onFrame(listener: () => void): () => void;
  screenshot(): Promise<Blob>;
  dispose(): void;
}

/** The browser cannot make a WebGL 2 context. */
export class WebGlMissing extends Error {
  override name = "WebGlMissing";
}

/** The file is not a GLB that the viewer can show. */
export class UnreadableModel extends Error {
  override name = "UnreadableModel";
}

/** An answer that is not a success. */
export class DownloadFailed extends Error {
  override name = "DownloadFailed";

  constructor(readonly status: number) {
    super(`The server answered ${status}.`);
  }
}
