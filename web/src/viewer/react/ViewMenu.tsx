import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Direction } from "../types";
import { ToolButton } from "./ToolButton";
import type { StoreyPlan, ToolbarProps } from "./ViewerToolbar";

const DIRECTIONS: readonly Direction[] = ["iso", "top", "front", "right", "back", "left", "bottom"];
/** A plan is cut at the usual height above the storey's floor, in metres. */
const PLAN_CUT = 1.2;

/** Directions, projections and plans of storeys. */
export function ViewMenu({ viewer, projection, onProjection, onSection, storeys = [] }: ToolbarProps) {
  const { t } = useTranslation();
  const showPlan = ({ elevation }: StoreyPlan) => {
    onProjection("orthographic");
    onSection({ kind: "plane", point: [0, 0, elevation + PLAN_CUT], normal: [0, 0, -1] });
    viewer.projection = "orthographic";
    viewer.lookFrom("top");
  };
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <ToolButton icon="cube" label={t("viewer.views")} />
      </Menu.Target>
      <Menu.Dropdown mah="60vh" style={{ overflowY: "auto" }}>
        <Menu.Label>{t("viewer.lookFrom")}</Menu.Label>
        {DIRECTIONS.map((direction) => (
          <Menu.Item key={direction} onClick={() => viewer.lookFrom(direction)}>
            {t(`viewer.from.${direction}`)}
          </Menu.Item>
        ))}
        <Menu.Label>{t("viewer.projection")}</Menu.Label>
        {(["perspective", "orthographic"] as const).map((kind) => (
          <Menu.Item
            key={kind}
            role="menuitemradio"
            aria-checked={kind === projection}
            fw={kind === projection ? 700 : 400}
            onClick={() => onProjection(kind)}
          >
            {t(`viewer.${kind}`)}
          </Menu.Item>
        ))}
        {storeys.length > 0 && <Menu.Label>{t("viewer.plans")}</Menu.Label>}
        {storeys.map((storey) => (
          <Menu.Item key={storey.key} className="from-file" onClick={() => showPlan(storey)}>
            {storey.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
