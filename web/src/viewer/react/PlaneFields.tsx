import { Button, NumberInput, SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Box, Section, Vec3, ViewerApi } from "../types";
import { middle } from "../vectors";

type Plane = Extract<Section, { kind: "plane" }>;

interface Props {
  viewer: ViewerApi;
  section: Plane;
  onSection(section: Section): void;
}

const AXES = ["X", "Y", "Z"] as const;

/** The axis, the place and the side of a section plane. */
export function PlaneFields({ viewer, section, onSection }: Props) {
  const { t } = useTranslation();
  const axis = axisOf(section.normal);
  const turn = (to: number) => {
    const box = viewer.visibleBox();
    if (box !== null) onSection(planeAcross(box, to));
  };
  const move = (value: number | string) => {
    if (typeof value === "number") onSection({ ...section, point: withValue(section.point, axis, value) });
  };
  return (
    <>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label={t("viewer.axis")}
        value={String(axis)}
        onChange={(value) => turn(Number(value))}
        data={AXES.map((label, value) => ({ value: String(value), label }))}
      />
      <NumberInput
        size="xs"
        label={t("viewer.position", { axis: AXES[axis] ?? "" })}
        value={round(section.point[axis] ?? 0)}
        step={0.1}
        decimalScale={3}
        onChange={move}
      />
      <Button size="xs" variant="default" onClick={() => onSection({ ...section, normal: flipped(section.normal) })}>
        {t("viewer.flip")}
      </Button>
    </>
  );
}

/** A plane through the middle of a box; a horizontal one shows what is below, others what is behind. */
export function planeAcross(box: Box, axis: number): Plane {
  const normal: Vec3 = [0, 0, 0];
  normal[axis] = axis === 1 ? 1 : -1;
  return { kind: "plane", point: middle(box), normal };
}

function axisOf(normal: Vec3): number {
  const sizes = normal.map(Math.abs);
  return sizes.indexOf(Math.max(...sizes));
}

function withValue(point: Vec3, axis: number, value: number): Vec3 {
  return point.map((old, index) => (index === axis ? value : old)) as Vec3;
}

function flipped(normal: Vec3): Vec3 {
  return normal.map((value) => 0 - value) as Vec3;
}

/** Round to millimetres. */
export function round(metres: number): number {
  return Math.round(metres * 1000) / 1000;
}
