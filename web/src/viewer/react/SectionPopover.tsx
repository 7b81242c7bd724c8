import { Popover, SegmentedControl, Stack, Switch } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Box, Section, ViewerApi } from "../types";
import { BoxFields } from "./BoxFields";
import { PlaneFields, planeAcross } from "./PlaneFields";
import { ToolButton } from "./ToolButton";

interface Props {
  viewer: ViewerApi;
  section: Section | null;
  onSection(section: Section | null): void;
}

const KINDS = ["none", "plane", "box"] as const;

/** Cuts the model by a plane or a box, with handles in the picture and numbers here. */
export function SectionPopover({ viewer, section, onSection }: Props) {
  const { t } = useTranslation();
  const [handles, setHandles] = useState(true);
  useEffect(() => {
    viewer.editSection = handles;
  }, [viewer, handles]);
  const choose = (kind: string) => {
    const box = viewer.visibleBox();
    onSection(kind === "none" || box === null ? null : kind === "plane" ? planeAcross(box, 2) : boxAround(box));
  };
  return (
    <Popover position="bottom-start" withinPortal width={260} trapFocus>
      <Popover.Target>
        <ToolButton icon="section" label={t("viewer.section")} active={section !== null} />
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <SegmentedControl
            fullWidth
            size="xs"
            aria-label={t("viewer.section")}
            value={section?.kind ?? "none"}
            onChange={choose}
            data={KINDS.map((value) => ({ value, label: t(`viewer.sections.${value}`) }))}
          />
          {section?.kind === "plane" && <PlaneFields viewer={viewer} section={section} onSection={onSection} />}
          {section?.kind === "box" && <BoxFields section={section} onSection={onSection} />}
          {section !== null && (
            <Switch
              size="xs"
              label={t("viewer.handles")}
              checked={handles}
              onChange={(event) => setHandles(event.currentTarget.checked)}
            />
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function boxAround({ min, max }: Box): Section {
  return { kind: "box", min: [...min], max: [...max] };
}
