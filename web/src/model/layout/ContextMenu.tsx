import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "../../components/Icon";
import { useSceneStore } from "../state/SceneStore";
import type { Actions } from "../state/useActions";

/** Where the pointer was. */
export interface MenuPlace {
  x: number;
  y: number;
}

interface Props {
  place: MenuPlace;
  onClose(): void;
  actions: Actions;
}

/** The menu of the selection, where the right button was pressed. */
export default function ContextMenu({ place, onClose, actions }: Props) {
  const { t } = useTranslation();
  const store = useSceneStore();
  const selected = () => store.get().selected;
  return (
    <Menu opened onClose={onClose} position="bottom-start" withinPortal>
      <Menu.Target>
        <span style={{ position: "fixed", left: place.x, top: place.y, width: 1, height: 1 }} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Icon name="fit" />} onClick={() => actions.fit(selected())}>
          {t("model.fit")}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="hide" />} onClick={() => actions.hide(selected())}>
          {t("model.hide")}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="show" />} onClick={() => actions.show(selected())}>
          {t("model.show")}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="isolate" />} onClick={() => actions.isolate(selected())}>
          {t("model.isolate")}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="xray" />} onClick={actions.toggleXray}>
          {t("model.xray")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="cube" />} onClick={actions.showAll}>
          {t("model.showAll")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
