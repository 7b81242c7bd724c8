import { NumberInput, SimpleGrid } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Section, Vec3 } from "../types";
import { round } from "./PlaneFields";

type BoxSection = Extract<Section, { kind: "box" }>;

interface Props {
  section: BoxSection;
  onSection(section: Section): void;
}

/** The sides of a section box. */
export function BoxFields({ section, onSection }: Props) {
  const { t } = useTranslation();
  const set = (end: "min" | "max", axis: number, value: number | string) => {
    if (typeof value !== "number") return;
    const other = section[end === "min" ? "max" : "min"][axis] ?? 0;
    if (end === "min" ? value >= other : value <= other) return;
    onSection({ ...section, [end]: section[end].map((old, at) => (at === axis ? value : old)) as Vec3 });
  };
  return (
    <SimpleGrid cols={2} spacing="xs" verticalSpacing="xs">
      {(["X", "Y", "Z"] as const).flatMap((name, axis) =>
        (["min", "max"] as const).map((end) => (
          <NumberInput
            key={name + end}
            size="xs"
            label={t(`viewer.${end}`, { axis: name })}
            value={round(section[end][axis] ?? 0)}
            step={0.1}
            decimalScale={3}
            onChange={(value) => set(end, axis, value)}
          />
        )),
      )}
    </SimpleGrid>
  );
}
