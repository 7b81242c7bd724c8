import type { Camera, OrthographicCamera, PerspectiveCamera } from "three";
import { Matrix4, Vector3 } from "three";

/** Decides by boxes what a camera sees, in the axes of one model. */
export class Culler {
  private readonly planes = new Float64Array(24);
  private readonly eye = new Vector3();
  private pixelsPerMetre = 1;
  private perspective = true;

  /** Look from `camera` at a model whose centre is at `offset`, in a picture of `height` pixels. */
  aim(camera: PerspectiveCamera | OrthographicCamera, offset: Vector3, height: number): void {
    const combined = new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    combined.multiply(new Matrix4().makeTranslation(offset.x, offset.y, offset.z));
    readPlanes(combined.elements, this.planes);
    this.eye.copy((camera as Camera).position).sub(offset);
    this.perspective = "isPerspectiveCamera" in camera;
    // Element (1, 1) of a projection scales heights: to half the picture at distance 1, or at any distance.
    this.pixelsPerMetre = ((camera.projectionMatrix.elements[5] ?? 1) * height) / 2;
  }

  /** Whether a box is in view. */
  sees(boxes: Float32Array, at = 0): boolean {
    const { planes } = this;
    for (let plane = 0; plane < 24; plane += 4) {
      const x = planes[plane] as number;
      const y = planes[plane + 1] as number;
      const z = planes[plane + 2] as number;
      const far =
        x * (boxes[at + (x > 0 ? 3 : 0)] as number) +
        y * (boxes[at + (y > 0 ? 4 : 1)] as number) +
        z * (boxes[at + (z > 0 ? 5 : 2)] as number);
      if (far + (planes[plane + 3] as number) < 0) return false;
    }
    return true;
  }

  /** The size in metres that something inside the box needs to have to cover `pixels`. */
  sizeOf(pixels: number, boxes: Float32Array, at = 0): number {
    if (!this.perspective) return pixels / this.pixelsPerMetre;
    return (pixels * this.distance(boxes, at)) / this.pixelsPerMetre;
  }

  private distance(boxes: Float32Array, at: number): number {
    const { x, y, z } = this.eye;
    const dx = Math.max((boxes[at] as number) - x, x - (boxes[at + 3] as number), 0);
    const dy = Math.max((boxes[at + 1] as number) - y, y - (boxes[at + 4] as number), 0);
    const dz = Math.max((boxes[at + 2] as number) - z, z - (boxes[at + 5] as number), 0);
    return Math.hypot(dx, dy, dz);
  }
}

/** Planes of a view volume: the sums and differences of the rows of its matrix (Gribb and Hartmann). */
function readPlanes(m: number[], planes: Float64Array): void {
  for (let plane = 0; plane < 6; plane++) {
    const row = plane >> 1;
    const sign = plane % 2 === 0 ? 1 : -1;
    for (let column = 0; column < 4; column++) {
      planes[plane * 4 + column] = (m[column * 4 + 3] ?? 0) + sign * (m[column * 4 + row] ?? 0);
    }
  }
}
