import CameraControls from "camera-controls";
import {
  Box3,
  Matrix4,
  OrthographicCamera,
  PerspectiveCamera,
  Quaternion,
  Raycaster,
  Sphere,
  Spherical,
  Vector2,
  Vector3,
  Vector4,
} from "three";
import { type Box, type Direction, FIELD_OF_VIEW, type Projection } from "../types";
import { distanceToFit, heightToFit } from "./fit";

CameraControls.install({
  THREE: { Vector2, Vector3, Vector4, Quaternion, Matrix4, Spherical, Box3, Sphere, Raycaster },
});

/** Azimuth and polar angle in quarter turns; the front is seen along +Y. */
const DIRECTIONS: Record<Direction, [number, number]> = {
  top: [0, 0],
  bottom: [0, 2],
  front: [0, 1],
  back: [2, 1],
  left: [-1, 1],
  right: [1, 1],
  iso: [0.5, 0.65],
};

/** Where the rig looks from, in the scene's axes. */
export interface View {
  position: Vector3;
  target: Vector3;
  /** Metres of the picture's height; of a perspective picture, at the target. */
  height: number;
}

/** Both cameras and the user's control of them, with Z up. */
export class CameraRig {
  readonly controls: CameraControls;
  private readonly perspective = new PerspectiveCamera(FIELD_OF_VIEW, 1, 0.1, 1000);
  /** One metre high; its zoom makes the height. */
  private readonly orthographic = new OrthographicCamera(-0.5, 0.5, 0.5, -0.5, -1000, 1000);
  private aspect = 1;
  private readonly listening = new AbortController();

  constructor(element: HTMLElement, onChange: () => void) {
    this.perspective.up.set(0, 0, 1);
    this.orthographic.up.set(0, 0, 1);
    this.perspective.position.set(10, -10, 10);
    // The wheel that follows a touch is no finger. The controls listen after this.
    const options = { capture: true, passive: true, signal: this.listening.signal };
    element.addEventListener(
      "wheel",
      () => {
        this.byTouch = false;
      },
      options,
    );
    this.controls = new CameraControls(this.perspective, element);
    this.controls.dollyToCursor = true;
    this.controls.smoothTime = 0.12;
    this.controls.draggingSmoothTime = 0.06;
    this.controls.minDistance = 0.05;
    this.controls.restThreshold = 0.002;
    this.controls.mouseButtons.middle = CameraControls.ACTION.TRUCK;
    this.controls.touches.two = CameraControls.ACTION.TOUCH_DOLLY_TRUCK;
    for (const event of ["control", "wake", "transitionstart", "controlstart", "controlend"] as const) {
      this.controls.addEventListener(event, onChange);
    }
  }

  get camera(): PerspectiveCamera | OrthographicCamera {
    return this.projection === "perspective" ? this.perspective : this.orthographic;
  }

  get projection(): Projection {
    return this.controls.camera === this.perspective ? "perspective" : "orthographic";
  }

  set projection(projection: Projection) {
    if (projection === this.projection) return;
    const view = this.view;
    this.use(projection);
    this.look(view, false);
  }

  /** The view as it is now, also in the middle of a movement. */
  get view(): View {
    const { position, quaternion } = this.camera;
    const distance = Math.max(this.controls.distance, 1e-3);
    const target = new Vector3(0, 0, -distance).applyQuaternion(quaternion).add(position);
    const height = this.projection === "perspective" ? distance * slope() * 2 : 1 / this.orthographic.zoom;
    return { position: position.clone(), target, height };
  }

  /** Look from a place; the height counts for the orthographic camera, which else stands too near or too far. */
  look({ position, target, height }: View, smoothly: boolean): void {
    let from = position;
    if (this.projection === "perspective") {
      // The controls keep one zoom for both cameras.
      void this.controls.zoomTo(1, false);
      const direction = position.clone().sub(target).normalize();
      if (height > 0) from = direction.multiplyScalar(height / 2 / slope()).add(target);
    } else if (height > 0) {
      void this.controls.zoomTo(1 / height, smoothly);
    }
    void this.controls.setFocalOffset(0, 0, 0, false);
    void this.controls.setLookAt(from.x, from.y, from.z, target.x, target.y, target.z, smoothly);
    if (!smoothly) this.controls.update(0);
  }

  /** Show a box as large as it fits, from the present direction or a named one. */
  fit({ min, max }: Box, direction: Direction | null, smoothly: boolean): void {
    this.settle();
    const centre = new Vector3(...min).add(new Vector3(...max)).multiplyScalar(0.5);
    if (direction !== null) {
      const [azimuth, polar] = DIRECTIONS[direction];
      const present = this.controls.azimuthAngle / (Math.PI / 2);
      // Turn the short way round.
      const turn = azimuth + Math.round((present - azimuth) / 4) * 4;
      void this.controls.rotateTo((turn * Math.PI) / 2, (polar * Math.PI) / 2, smoothly);
    }
    const half = new Vector3(...max).sub(centre);
    const spherical = new Spherical(1, this.polarEnd(direction), this.azimuthEnd(direction));
    const away = new Vector3().setFromSpherical(spherical);
    const axis = new Vector3(away.x, -away.z, away.y);
    const distance = distanceToFit(half, axis, this.aspect, slope());
    void this.controls.moveTo(centre.x, centre.y, centre.z, smoothly);
    void this.controls.dollyTo(Math.max(distance, 0.2), smoothly);
    if (this.projection === "orthographic") {
      void this.controls.zoomTo(1 / Math.max(heightToFit(half, axis, this.aspect), 0.01), smoothly);
    }
    if (!smoothly) this.controls.update(0);
  }

  /** Turn around a point that stays where it is in the picture. */
  orbitAround(point: Vector3): void {
    if (this.projection === "perspective") this.controls.setOrbitPoint(point.x, point.y, point.z);
  }

  /** Two fingers that move apart bring the model nearer about as much; the controls take half of their distance. */
  set byTouch(isTouch: boolean) {
    this.controls.dollySpeed = isTouch ? 2 : 1;
  }

  /** Come nearer by a factor. */
  zoomBy(factor: number): void {
    if (this.projection === "orthographic") void this.controls.zoomTo(this.orthographic.zoom * factor, true);
    else void this.controls.dollyTo(this.controls.distance / factor, true);
  }

  /** Move the picture by tenths of its height. */
  pan(right: number, down: number): void {
    const step = this.view.height / 10;
    void this.controls.truck(right * step, down * step, true);
  }

  resize(width: number, height: number): void {
    this.aspect = width / Math.max(height, 1);
    this.perspective.aspect = this.aspect;
    this.orthographic.left = -this.aspect / 2;
    this.orthographic.right = this.aspect / 2;
    this.perspective.updateProjectionMatrix();
    this.orthographic.updateProjectionMatrix();
  }

  /** Bring the planes in front and behind as near as the scene allows, for a precise depth. */
  clip(centre: Vector3, radius: number): void {
    const { camera } = this;
    camera.updateMatrixWorld();
    const depth = -centre.clone().applyMatrix4(camera.matrixWorldInverse).z;
    // Models may be far apart: the plane in front must not cut away the one that is looked at.
    const nearest = Math.max(Math.min(radius / 5000, this.controls.distance / 50), 0.02);
    camera.near = this.projection === "perspective" ? Math.max(depth - radius, nearest) : depth - radius;
    camera.far = Math.max(depth + radius, camera.near + 1);
    camera.updateProjectionMatrix();
  }

  dispose(): void {
    this.listening.abort();
    this.controls.dispose();
  }

  private use(projection: Projection): void {
    this.controls.camera = projection === "perspective" ? this.perspective : this.orthographic;
    const zoom = projection === "orthographic";
    this.controls.mouseButtons.wheel = zoom ? CameraControls.ACTION.ZOOM : CameraControls.ACTION.DOLLY;
    this.controls.touches.two = zoom ? CameraControls.ACTION.TOUCH_ZOOM_TRUCK : CameraControls.ACTION.TOUCH_DOLLY_TRUCK;
  }

  /** Express the present view without the offset that an orbit point leaves. */
  private settle(): void {
    const { position, target } = this.view;
    void this.controls.setFocalOffset(0, 0, 0, false);
    void this.controls.setLookAt(position.x, position.y, position.z, target.x, target.y, target.z, false);
  }

  private polarEnd(direction: Direction | null): number {
    return direction === null ? this.controls.polarAngle : (DIRECTIONS[direction][1] * Math.PI) / 2;
  }

  private azimuthEnd(direction: Direction | null): number {
    return direction === null ? this.controls.azimuthAngle : (DIRECTIONS[direction][0] * Math.PI) / 2;
  }
}

/** Half the height of the picture at a distance of 1. */
function slope(): number {
  return Math.tan((FIELD_OF_VIEW * Math.PI) / 360);
}
