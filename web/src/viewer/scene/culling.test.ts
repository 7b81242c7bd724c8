import { OrthographicCamera, PerspectiveCamera, Vector3 } from "three";
import { expect, test } from "vitest";
import { Culler } from "./culling";

function aimed(camera: PerspectiveCamera | OrthographicCamera): Culler {
  camera.position.set(0, -10, 0);
  camera.up.set(0, 0, 1);
  camera.lookAt(0, 0, 0);
  camera.updateMatrixWorld();
  camera.updateProjectionMatrix();
  const culler = new Culler();
  culler.aim(camera, new Vector3(0, 0, 0), 1000);
  return culler;
}

const AHEAD = Float32Array.of(-1, -1, -1, 1, 1, 1);

test("boxes outside of the view are not seen", () => {
  const culler = aimed(new PerspectiveCamera(90, 1, 0.1, 100));
  expect(culler.sees(AHEAD)).toBe(true);
  expect(culler.sees(Float32Array.of(50, -1, -1, 52, 1, 1))).toBe(false);
  expect(culler.sees(Float32Array.of(-1, -30, -1, 1, -20, 1))).toBe(false);
});

test("the size of a pixel grows with the distance in a perspective picture", () => {
  const culler = aimed(new PerspectiveCamera(90, 1, 0.1, 100));
  // At 9 m, the picture of 1000 pixels is 18 m high.
  expect(culler.sizeOf(10, AHEAD)).toBeCloseTo(0.18, 6);
  expect(culler.sizeOf(10, Float32Array.of(-1, 89, -1, 1, 91, 1))).toBeCloseTo(1.98, 6);
});

test("the size of a pixel is the same everywhere in a parallel picture", () => {
  const culler = aimed(new OrthographicCamera(-5, 5, 5, -5, -100, 100));
  expect(culler.sizeOf(10, AHEAD)).toBeCloseTo(0.1, 6);
  expect(culler.sizeOf(10, Float32Array.of(-1, 89, -1, 1, 91, 1))).toBeCloseTo(0.1, 6);
});
