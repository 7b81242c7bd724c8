import type { Mesh, OrthographicCamera, PerspectiveCamera, Scene, WebGLRenderer } from "three";
import type { BatchMesh } from "./BatchMesh";
import type { SceneModel } from "./SceneModel";

type Camera = PerspectiveCamera | OrthographicCamera;

interface Step {
  batch: BatchMesh;
  triangles: number;
  /** Transparent surfaces come after everything that may be behind them. */
  order: number;
  /** Pixels of the largest thing in it. */
  size: number;
}

/** One picture, drawn in parts: large things first, transparent ones last. */
export class Picture {
  private steps: Step[] = [];
  private next = 0;

  constructor(
    private readonly renderer: WebGLRenderer,
    private readonly scene: Scene,
  ) {}

  get complete(): boolean {
    return this.next >= this.steps.length && this.next > 0;
  }

  /** Choose what is drawn; returns the number of triangles. */
  begin(models: Iterable<SceneModel>, camera: Camera, height: number, pixels: number): number {
    this.steps = [];
    this.next = 0;
    let all = 0;
    for (const model of models) {
      for (const { batch, triangles, size } of model.cull(camera, height, pixels)) {
        all += triangles;
        if (batch.drawsSolid) this.steps.push({ batch, triangles, order: batch.solid.renderOrder, size });
        if (batch.drawsGhosts) this.steps.push({ batch, triangles, order: batch.ghost.renderOrder, size });
      }
    }
    this.steps.sort((a, b) => a.order - b.order || b.size - a.size);
    return all;
  }

  /** Draw the next steps, at least one; returns the number of triangles. */
  draw(camera: Camera, budget: number): number {
    if (this.next === 0) {
      // A restored context has forgotten that the background is the page's.
      this.renderer.setClearColor(0x000000, 0);
      this.renderer.clear();
    }
    let triangles = 0;
    const first = this.next;
    while (this.next === first || this.fits(triangles, budget)) {
      const step = this.steps[this.next++];
      if (step === undefined) break;
      triangles += step.triangles;
      meshOf(step).visible = true;
    }
    this.renderer.render(this.scene, camera);
    for (const step of this.steps.slice(first, this.next)) meshOf(step).visible = false;
    return triangles;
  }

  /** Whether the next step may be drawn with those before; three.js sorts transparent ones, so they stay together. */
  private fits(triangles: number, budget: number): boolean {
    const step = this.steps[this.next];
    if (step === undefined) return false;
    const order = this.steps[this.next - 1]?.order;
    return triangles + step.triangles <= budget || (step.order > 0 && step.order === order);
  }
}

function meshOf({ batch, order }: Step): Mesh {
  return order === batch.ghost.renderOrder ? batch.ghost : batch.solid;
}
