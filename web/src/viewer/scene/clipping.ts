import { Vector3 } from "three";
import type { Section, Vec3 } from "../types";
import type { SharedUniforms } from "./materials";

/** Set the planes by which the shaders cut away what the section leaves out; returns them. */
export function applySection(
  section: Section | null,
  uniforms: SharedUniforms,
  toScene: (point: Vec3) => Vector3,
): HalfSpace[] {
  const planes = section === null ? [] : planesOf(section, toScene);
  uniforms.clippingCount.value = planes.length;
  planes.forEach(({ normal, height }, index) => {
    uniforms.clipping.value[index]?.set(normal.x, normal.y, normal.z, height);
  });
  return planes;
}

/** A half space: the points p with dot(p, normal) >= height. */
export interface HalfSpace {
  normal: Vector3;
  height: number;
}

function planesOf(section: Section, toScene: (point: Vec3) => Vector3): HalfSpace[] {
  if (section.kind === "plane") {
    const normal = new Vector3(...section.normal).normalize();
    return [{ normal, height: normal.dot(toScene(section.point)) }];
  }
  const min = toScene(section.min);
  const max = toScene(section.max);
  return [0, 1, 2].flatMap((axis) => {
    const normal = new Vector3().setComponent(axis, 1);
    return [
      { normal, height: min.getComponent(axis) },
      { normal: normal.clone().negate(), height: -max.getComponent(axis) },
    ];
  });
}
