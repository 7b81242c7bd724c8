import { ActionIcon, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../../components/Icon";
import type { Press } from "../../components/tree/useLongPress";
import { VirtualTree } from "../../components/tree/VirtualTree";
import type { ElementNumber } from "../data/Federation";
import type { MenuPlace } from "../layout/ContextMenu";
import { usePage } from "../state/page";
import { useScene, useSceneStore } from "../state/SceneStore";
import { selectMode } from "../state/scene";
import { useActions } from "../state/useActions";
import type { Visibility } from "../state/visibility";
import { buildTree, type ElementNode, elementsOf, type TreeBuilder } from "../trees/nodes";
import { classTree, groupTree, materialTree, typeTree } from "../trees/otherTrees";
import { spatialTree } from "../trees/spatialTree";
import { PanelFrame } from "./PanelFrame";

const ContextMenu = lazy(() => import("../layout/ContextMenu"));

const TREES = {
  spatial: spatialTree,
  class: classTree,
  type: typeTree,
  group: groupTree,
  material: materialTree,
} satisfies Record<string, TreeBuilder>;

type Kind = keyof typeof TREES;
const KINDS = Object.keys(TREES) as Kind[];

interface Props {
  visibility(element: ElementNumber): Visibility;
}

/** The trees of the models, with search and visibility. */
export function TreePanel({ visibility }: Props) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Kind>("spatial");
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text, 150);
  const roots = useRoots(kind);
  const focus = useScene((state) => state.focus);
  const [menu, setMenu] = useState<MenuPlace | null>(null);
  const { isSelected, onChoose } = useTreeSelection();
  const actions = useActions();
  const { isHidden, toggle } = useTreeVisibility(visibility);
  const openMenu = (node: ElementNode, press: Press) => {
    if (!isSelected(node)) onChoose(node, press, [node]);
    setMenu({ x: press.clientX, y: press.clientY });
  };
  return (
    <PanelFrame title={t("model.panels.tree")}>
      <Select
        aria-label={t("model.treeKind")}
        data={KINDS.map((value) => ({ value, label: t(`model.trees.${value}`) }))}
        value={kind}
        onChange={(value) => setKind((value as Kind | null) ?? "spatial")}
        allowDeselect={false}
        size="xs"
      />
      <TextInput
        aria-label={t("model.searchTree")}
        placeholder={t("model.searchTree")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        size="xs"
        leftSection={<Icon name="find" size={14} />}
      />
      <VirtualTree
        key={kind}
        label={t(`model.trees.${kind}`)}
        roots={roots}
        search={search}
        isSelected={isSelected}
        onChoose={onChoose}
        onToggle={toggle}
        onMenu={openMenu}
        reveal={focus === null ? null : { key: focus, isWanted: (node) => node.element === focus }}
        trailing={(node) => !node.isFaint && <EyeButton isHidden={isHidden(node)} onClick={() => toggle(node)} />}
        empty={
          <Text size="sm" c="dimmed" p="sm">
            {t(search === "" ? `model.emptyTree.${kind}` : "model.nothingFound")}
          </Text>
        }
      />
      <Suspense>
        {menu !== null && <ContextMenu place={menu} onClose={() => setMenu(null)} actions={actions} />}
      </Suspense>
    </PanelFrame>
  );
}

function useRoots(kind: Kind): ElementNode[] {
  const { t } = useTranslation();
  const { federation } = usePage();
  return useMemo(() => {
    const words = {
      project: t("model.project"),
      withoutPlace: t("model.withoutPlace"),
      withoutType: t("model.withoutType"),
      withoutMaterial: t("model.withoutMaterial"),
      unnamed: t("model.unnamed"),
    };
    return buildTree(federation, TREES[kind], words);
  }, [federation, kind, t]);
}

function useTreeSelection() {
  const store = useSceneStore();
  const selected = useScene((state) => state.selected);
  const isSelected = (node: ElementNode): boolean => {
    if (node.element !== undefined) return selected.has(node.element);
    return selected.size > 0 && node.children.length > 0 && node.children.every(isSelected);
  };
  const onChoose = (
    node: ElementNode,
    event: { ctrlKey: boolean; metaKey: boolean; shiftKey: boolean },
    range: readonly ElementNode[],
  ) => {
    const elements = range.flatMap((other) => (other.element === undefined ? elementsOf(other) : [other.element]));
    const mode = selectMode(event);
    store.dispatch({ do: "select", elements, mode, focus: node.element ?? null });
  };
  return { isSelected, onChoose };
}

function useTreeVisibility(visibility: Props["visibility"]) {
  const { federation } = usePage();
  const actions = useActions();
  return useMemo(() => {
    const known = new WeakMap<ElementNode, boolean>();
    const isHidden = (node: ElementNode): boolean => {
      const before = known.get(node);
      if (before !== undefined) return before;
      const isShown = (element: ElementNumber) => {
        const { model, row } = federation.locate(element);
        return model.hasGeometry(row) && visibility(element) !== "hidden";
      };
      const hidden = !(node.element !== undefined && isShown(node.element)) && node.children.every(isHidden);
      known.set(node, hidden);
      return hidden;
    };
    const toggle = (node: ElementNode) => {
      if (isHidden(node)) actions.show(elementsOf(node));
      else actions.hide(elementsOf(node));
    };
    return { isHidden, toggle };
  }, [federation, visibility, actions]);
}

function EyeButton({ isHidden, onClick }: { isHidden: boolean; onClick(): void }) {
  const { t } = useTranslation();
  return (
    <ActionIcon
      className="tree-eye"
      variant="transparent"
      color="gray"
      size="sm"
      tabIndex={-1}
      data-hidden={isHidden || undefined}
      aria-label={t(isHidden ? "model.show" : "model.hide")}
      onClick={(event) => {
        event.stopPropagation();
        onClick();
      }}
    >
      <Icon name={isHidden ? "hide" : "show"} size={15} />
    </ActionIcon>
  );
}
