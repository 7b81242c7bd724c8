import { Vector3 } from "three";
import { expect, test } from "vitest";
import { CameraRig } from "./CameraRig";

function turnWheel(element: HTMLElement): void {
  element.dispatchEvent(new WheelEvent("wheel", { deltaY: -100 }));
}

test("the wheel zooms after a touch as it does before", () => {
  const element = document.createElement("div");
  const rig = new CameraRig(element, () => undefined);
  rig.byTouch = true;
  const touched = rig.controls.dollySpeed;
  const speeds: number[] = [];
  // The controls listen like this.
  element.addEventListener("wheel", () => speeds.push(rig.controls.dollySpeed));
  turnWheel(element);
  expect([touched, ...speeds]).toEqual([2, 1]);

  rig.byTouch = true;
  rig.dispose();
  turnWheel(element);
  expect(rig.controls.dollySpeed).toBe(2);
});

test("the plane in front is before what is looked at, also beside a model far away", () => {
  const rig = new CameraRig(document.createElement("div"), () => undefined);
  rig.fit({ min: [0, 0, 0], max: [10, 10, 10] }, null, false);
  rig.clip(new Vector3(2.5e6, 2.5e6, 0), 3.6e6);
  expect(rig.camera.near).toBeLessThan(rig.controls.distance / 10);
  rig.dispose();
});
