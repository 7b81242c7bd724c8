import { Scene, Sphere, Vector3, type WebGLRenderer } from "three";
import type { ModelData } from "../decode/modelData";
import type { Box, Section, Vec3 } from "../types";
import type { CameraRig } from "./CameraRig";
import { Capper } from "./Capper";
import { applySection } from "./clipping";
import { makeContext } from "./context";
import { sharedUniforms } from "./materials";
import { Picture } from "./Picture";
import { SceneModel } from "./SceneModel";

/** The canvas, and the models that are drawn on it. */
export class Stage {
  readonly renderer: WebGLRenderer;
  readonly scene = new Scene();
  readonly uniforms = sharedUniforms();
  readonly models = new Map<string, SceneModel>();
  /** The point of the world that is the scene's origin: near the first model, because graphics cards count in floats. */
  origin: Vec3 = [0, 0, 0];
  triangles = 0;
  readonly picture: Picture;
  private readonly sphere = new Sphere(new Vector3(), 10);
  private readonly software: boolean;
  private width = 1;
  private height = 1;
  private readonly capper: Capper;

  /** `onChange` is called when the picture must be drawn again. */
  constructor(
    private readonly container: HTMLElement,
    onChange: () => void,
  ) {
    this.capper = new Capper(onChange);
    const { renderer, software } = makeContext();
    this.renderer = renderer;
    this.software = software;
    this.picture = new Picture(this.renderer, this.scene);
    container.append(this.canvas);
  }

  get canvas(): HTMLCanvasElement {
    return this.renderer.domElement;
  }

  /** Height of the picture in CSS pixels. */
  get pictureHeight(): number {
    return this.height;
  }

  add(id: string, data: ModelData): SceneModel {
    this.remove(id);
    if (this.models.size === 0) {
      this.origin = data.centre.map((value, axis) => Math.round(value + (data.originShift[axis] ?? 0))) as Vec3;
    }
    const model = new SceneModel(id, data, this.origin, this.uniforms);
    this.models.set(id, model);
    this.scene.add(model.group);
    this.measure();
    return model;
  }

  remove(id: string): void {
    this.models.get(id)?.dispose();
    this.models.delete(id);
    this.measure();
  }

  /** Cut away what the section leaves out. */
  cut(section: Section | null): void {
    const planes = applySection(section, this.uniforms, (point) => this.toScene(point));
    for (const model of this.models.values()) model.cut(section !== null);
    void this.capper.cut(this.models, planes);
  }

  /** The box around everything visible, in the scene. */
  box(): Box | null {
    return [...this.models.values()].map((model) => model.visibleBox()).reduce(united, null);
  }

  /** Take over the container's size; returns whether it changed. */
  resize(rig: CameraRig): boolean {
    const width = Math.max(this.container.clientWidth, 1);
    const height = Math.max(this.container.clientHeight, 1);
    if (width === this.width && height === this.height) return false;
    this.width = width;
    this.height = height;
    this.renderer.setSize(width, height);
    rig.resize(width, height);
    return true;
  }

  /**
   * Begin a picture of everything that covers at least `pixels`; returns the number of triangles.
   * While the camera moves, `resolution` is the share of the screen's pixels that are drawn.
   */
  begin(rig: CameraRig, pixels: number, resolution: number | null): number {
    const screen = Math.min(window.devicePixelRatio, 2);
    const ratio = resolution === null ? (this.software ? 1.5 : screen) : screen * resolution;
    if (this.renderer.getPixelRatio() !== ratio) this.renderer.setPixelRatio(ratio);
    rig.clip(this.sphere.center, this.sphere.radius);
    this.triangles = this.picture.begin(this.models.values(), rig.camera, this.height, pixels);
    return this.triangles;
  }

  toScene(point: Vec3): Vector3 {
    return new Vector3(point[0] - this.origin[0], point[1] - this.origin[1], point[2] - this.origin[2]);
  }

  toWorld({ x, y, z }: Vector3): Vec3 {
    return [x + this.origin[0], y + this.origin[1], z + this.origin[2]];
  }

  dispose(): void {
    this.capper.stop();
    for (const id of [...this.models.keys()]) this.remove(id);
    this.renderer.dispose();
    this.renderer.forceContextLoss();
    this.canvas.remove();
  }

  /** Measure the whole scene, hidden elements included, for the depth of the camera. */
  private measure(): void {
    const box = [...this.models.values()].map((model) => model.wholeBox()).reduce(united, null);
    if (box === null) return;
    const min = new Vector3(...box.min);
    const max = new Vector3(...box.max);
    this.sphere.center.addVectors(min, max).multiplyScalar(0.5);
    this.sphere.radius = Math.max(min.distanceTo(max) * 0.52, 0.5);
  }
}

export function united(a: Box | null, b: Box | null): Box | null {
  if (a === null || b === null) return a ?? b;
  return {
    min: a.min.map((value, axis) => Math.min(value, b.min[axis] ?? value)) as Vec3,
    max: a.max.map((value, axis) => Math.max(value, b.max[axis] ?? value)) as Vec3,
  };
}
