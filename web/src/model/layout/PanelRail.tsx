import { ActionIcon, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon, type IconName } from "../../components/Icon";
import { PANELS, type PanelName } from "./SidePanel";

const ICONS: Record<PanelName, IconName> = {
  tree: "tree",
  properties: "list",
  filter: "filter",
  colours: "palette",
  views: "bookmark",
  report: "warning",
  information: "info",
};

interface Props {
  panel: PanelName | null;
  onChange(panel: PanelName | null): void;
  isNarrow: boolean;
}

/** Opens and closes the side panels. On a narrow screen the properties are one of them. */
export function PanelRail({ panel, onChange, isNarrow }: Props) {
  const { t } = useTranslation();
  const names = PANELS.filter((name) => isNarrow || name !== "properties");
  return (
    <div className="rail" role="toolbar" aria-label={t("model.panels.label")} aria-orientation="vertical">
      {names.map((name) => (
        <Tooltip key={name} label={t(`model.panels.${name}`)} position={isNarrow ? "top" : "right"}>
          <ActionIcon
            size="lg"
            variant={name === panel ? "light" : "subtle"}
            color={name === panel ? "blue" : "gray"}
            aria-label={t(`model.panels.${name}`)}
            aria-pressed={name === panel}
            onClick={() => onChange(name === panel ? null : name)}
          >
            <Icon name={ICONS[name]} size={20} />
          </ActionIcon>
        </Tooltip>
      ))}
    </div>
  );
}
