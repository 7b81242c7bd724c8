import { Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { saveBlob } from "../../lib/saveBlob";
import type { Projection, Section, ViewerApi } from "../types";
import { MeasureMenu } from "./MeasureMenu";
import { SectionPopover } from "./SectionPopover";
import { ToolButton } from "./ToolButton";
import { ViewMenu } from "./ViewMenu";

/** A storey whose plan can be shown. */
export interface StoreyPlan {
  key: string;
  name: string;
  /** Metres in the scene, as all positions. */
  elevation: number;
}

export interface ToolbarProps {
  viewer: ViewerApi;
  projection: Projection;
  onProjection(projection: Projection): void;
  section: Section | null;
  onSection(section: Section | null): void;
  storeys?: readonly StoreyPlan[];
  /** Name of the screenshot, without its ending. */
  fileName?: string;
}

/** The tools of the 3D view. */
export function ViewerToolbar(props: ToolbarProps) {
  const { t } = useTranslation();
  const { viewer, section, onSection, fileName = "model" } = props;
  const screenshot = async () => saveBlob(await viewer.screenshot(), `${fileName}.png`);
  return (
    <Group gap={6} role="toolbar" aria-label={t("viewer.tools")}>
      <ToolButton icon="fit" label={t("viewer.fit")} onClick={() => viewer.fit()} />
      <ViewMenu {...props} />
      <SectionPopover viewer={viewer} section={section} onSection={onSection} />
      <MeasureMenu viewer={viewer} />
      <ToolButton icon="camera" label={t("viewer.screenshot")} onClick={() => void screenshot()} />
    </Group>
  );
}
