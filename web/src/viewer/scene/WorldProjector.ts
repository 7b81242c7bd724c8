import { Vector3, Vector4 } from "three";
import type { Place, Projector } from "../tools/Overlay";
import type { Vec3 } from "../types";
import type { CameraRig } from "./CameraRig";
import type { Stage } from "./Stage";

/** Points of the world in the picture. */
export class WorldProjector implements Projector {
  constructor(
    private readonly stage: Stage,
    private readonly rig: CameraRig,
  ) {}

  point(point: Vec3): Place | null {
    const clip = this.clipped(point);
    return clip.w <= 0 ? null : this.place(clip);
  }

  segment(from: Vec3, to: Vec3): [Place, Place] | null {
    const a = this.clipped(from);
    const b = this.clipped(to);
    const nearest = 1e-3;
    if (a.w < nearest && b.w < nearest) return null;
    // Cut off the part behind the camera.
    const cut = (inner: Vector4, outer: Vector4) => outer.lerp(inner, (nearest - outer.w) / (inner.w - outer.w));
    if (a.w < nearest) cut(b, a);
    if (b.w < nearest) cut(a, b);
    return [this.place(a), this.place(b)];
  }

  /** How far along the line through `point` the given ray passes nearest, in metres. */
  along(point: Vec3, axis: Vec3, ray: { origin: Vector3; direction: Vector3 }): number | null {
    const direction = new Vector3(...axis).normalize();
    const between = ray.origin.clone().sub(this.stage.toScene(point));
    const cosine = direction.dot(ray.direction);
    const squared = 1 - cosine * cosine;
    if (squared < 1e-4) return null;
    return (between.dot(direction) - cosine * between.dot(ray.direction)) / squared;
  }

  /** Metres per CSS pixel at a point of the scene. */
  metresPerPixel(point: Vector3): number {
    const { camera } = this.rig;
    const depth = -point.clone().applyMatrix4(camera.matrixWorldInverse).z;
    const perMetre = ((camera.projectionMatrix.elements[5] ?? 1) * this.stage.pictureHeight) / 2;
    return (this.rig.projection === "perspective" ? Math.max(depth, 0) : 1) / perMetre;
  }

  private clipped(point: Vec3): Vector4 {
    const { x, y, z } = this.stage.toScene(point);
    const { camera } = this.rig;
    return new Vector4(x, y, z, 1).applyMatrix4(camera.matrixWorldInverse).applyMatrix4(camera.projectionMatrix);
  }

  private place({ x, y, w }: Vector4): Place {
    const { clientWidth, clientHeight } = this.stage.canvas;
    return { x: ((x / w + 1) / 2) * clientWidth, y: ((1 - y / w) / 2) * clientHeight };
  }
}
