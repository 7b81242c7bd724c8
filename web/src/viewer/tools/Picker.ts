import { Raycaster, Vector2, Vector3, type Vector4 } from "three";
import type { CameraRig } from "../scene/CameraRig";
import type { SceneModel } from "../scene/SceneModel";
import type { Stage } from "../scene/Stage";
import { GHOST, HIDDEN } from "../scene/states";
import type { Hit } from "../types";
import { type PickResult, pick, pickCap } from "./picking";

/** What is under a pixel; points are in the scene. */
export interface Picked {
  model: SceneModel;
  result: PickResult;
  point: Vector3;
  normal: Vector3;
}

/** Finds what is under the pointer, in all models. */
export class Picker {
  private readonly raycaster = new Raycaster();

  constructor(
    private readonly stage: Stage,
    private readonly rig: CameraRig,
  ) {}

  /** Find what is under a pixel; ghosts only where nothing else is. */
  pickAt(clientX: number, clientY: number): Picked | null {
    const picked = this.pickWithout(HIDDEN | GHOST, clientX, clientY);
    if (picked !== null || ![...this.stage.models.values()].some((model) => model.hasGhosts)) return picked;
    return this.pickWithout(HIDDEN, clientX, clientY);
  }

  private pickWithout(flags: number, clientX: number, clientY: number): Picked | null {
    const { origin, direction } = this.rayAt(clientX, clientY);
    let best: Picked | null = null;
    for (const model of this.stage.models.values()) {
      const local = { origin: origin.clone().sub(model.offset), direction };
      const filter = (without: number) => ({
        isHidden: (element: number) => (model.states.flags(element) & without) !== 0,
        isClipped: (distance: number) => this.isClipped(origin, direction, distance),
      });
      let result = pick(model.data, local, filter(flags));
      const caps = model.capPart?.batches[0];
      // Ghosts have none.
      if (caps !== undefined) result = pickCap(caps, local, filter(HIDDEN | GHOST), result);
      if (result === null || (best !== null && best.result.distance <= result.distance)) continue;
      const point = direction.clone().multiplyScalar(result.distance).add(origin);
      best = { model, result, point, normal: normalOf(result, direction) };
    }
    return best;
  }

  hitOf({ model, result, point, normal }: Picked): Hit {
    return {
      model: model.id,
      element: result.element,
      globalId: model.data.globalIds[result.element] ?? "",
      point: this.stage.toWorld(point),
      normal: [normal.x, normal.y, normal.z],
    };
  }

  rayAt(clientX: number, clientY: number): { origin: Vector3; direction: Vector3 } {
    const { left, top, width, height } = this.stage.canvas.getBoundingClientRect();
    const x = ((clientX - left) / width) * 2 - 1;
    const y = 1 - ((clientY - top) / height) * 2;
    this.rig.camera.updateMatrixWorld();
    this.raycaster.setFromCamera(new Vector2(x, y), this.rig.camera);
    return { origin: this.raycaster.ray.origin.clone(), direction: this.raycaster.ray.direction.clone() };
  }

  private isClipped(origin: Vector3, direction: Vector3, distance: number): boolean {
    const { clipping, clippingCount } = this.stage.uniforms;
    for (let plane = 0; plane < clippingCount.value; plane++) {
      const { x, y, z, w } = clipping.value[plane] as Vector4;
      const height =
        x * (origin.x + direction.x * distance) +
        y * (origin.y + direction.y * distance) +
        z * (origin.z + direction.z * distance);
      if (height < w) return true;
    }
    return false;
  }
}

/** The normal of the triangle on the side of the viewer. */
function normalOf({ triangle: [a, b, c] }: PickResult, direction: Vector3): Vector3 {
  const normal = new Vector3().crossVectors(b.clone().sub(a), c.clone().sub(a)).normalize();
  return normal.dot(direction) > 0 ? normal.negate() : normal;
}
