import { ActionIcon, Group, Paper, Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon, type IconName } from "../../components/Icon";
import { useScene, useSceneStore } from "../state/SceneStore";
import { isFiltering } from "../state/scene";
import { useActions } from "../state/useActions";

/** What can be done with the selection, and the way back to everything. */
export function SelectionBar() {
  const { t } = useTranslation();
  const actions = useActions();
  const store = useSceneStore();
  const count = useScene((state) => state.selected.size);
  const xray = useScene((state) => state.xray);
  const isPartial = useScene(
    (state) => state.hidden.size > 0 || state.isolated !== null || state.xray || isFiltering(state.filter),
  );
  const selected = () => store.get().selected;
  if (count === 0 && !isPartial) return null;
  return (
    <Paper
      withBorder
      shadow="sm"
      px={6}
      py={4}
      className="selection-bar"
      role="toolbar"
      aria-label={t("model.actions")}
    >
      <Group gap={4} wrap="nowrap">
        {count > 0 && (
          <Text size="xs" px={4} className="numeric selection-count">
            {t("model.selectedCount", { count })}
          </Text>
        )}
        {count > 0 && (
          <>
            <BarButton icon="fit" label={t("model.fit")} onClick={() => actions.fit(selected())} />
            <BarButton icon="hide" label={t("model.hide")} onClick={() => actions.hide(selected())} />
            <BarButton icon="isolate" label={t("model.isolate")} onClick={() => actions.isolate(selected())} />
          </>
        )}
        <BarButton icon="xray" label={t("model.xray")} isPressed={xray} onClick={actions.toggleXray} />
        {isPartial && <BarButton icon="show" label={t("model.showAll")} onClick={actions.showAll} />}
        {count > 0 && <BarButton icon="cross" label={t("model.deselect")} onClick={actions.deselect} />}
      </Group>
    </Paper>
  );
}

interface BarButtonProps {
  icon: IconName;
  label: string;
  isPressed?: boolean;
  onClick(): void;
}

/** A button of a toolbar over the 3D view. */
function BarButton({ icon, label, isPressed, onClick }: BarButtonProps) {
  return (
    <Tooltip label={label} openDelay={400}>
      <ActionIcon
        variant={isPressed ? "light" : "subtle"}
        color={isPressed ? "blue" : "gray"}
        aria-label={label}
        aria-pressed={isPressed}
        onClick={onClick}
      >
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}
