import { Menu } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MeasureTool, ViewerApi } from "../types";
import { ToolButton } from "./ToolButton";

const TOOLS: readonly MeasureTool[] = ["distance", "angle", "area"];

/** Starts a measuring tool, and removes what was measured. */
export function MeasureMenu({ viewer }: { viewer: ViewerApi }) {
  const { t } = useTranslation();
  const [tool, setTool] = useState<MeasureTool | null>(null);
  useEffect(() => {
    viewer.measure(tool);
  }, [viewer, tool]);
  useEffect(() => () => viewer.measure(null), [viewer]);
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <ToolButton icon="ruler" label={t("viewer.measure")} active={tool !== null} />
      </Menu.Target>
      <Menu.Dropdown>
        {TOOLS.map((kind) => (
          <Menu.Item
            key={kind}
            role="menuitemradio"
            aria-checked={kind === tool}
            fw={kind === tool ? 700 : 400}
            onClick={() => setTool(kind === tool ? null : kind)}
          >
            {t(`viewer.measures.${kind}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item disabled={tool === null} onClick={() => setTool(null)}>
          {t("viewer.stopMeasuring")}
        </Menu.Item>
        <Menu.Item onClick={() => viewer.clearMeasurements()}>{t("viewer.clearMeasurements")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
