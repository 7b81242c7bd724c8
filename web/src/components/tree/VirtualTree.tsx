import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { TreeItem } from "./TreeItem";
import { filterTree, pathTo, type TreeNode, visibleRows } from "./treeRows";
import type { Press } from "./useLongPress";
import { useTreeKeys } from "./useTreeKeys";
import "./tree.css";

export interface VirtualTreeProps<T extends TreeNode> {
  label: string;
  roots: readonly T[];
  /** Only nodes with this text, and what is above them. */
  search?: string;
  isSelected(node: T): boolean;
  onChoose(node: T, event: { ctrlKey: boolean; metaKey: boolean; shiftKey: boolean }, range: readonly T[]): void;
  /** The space bar. */
  onToggle?(node: T): void;
  /** The right button, or a finger that is held. */
  onMenu?(node: T, press: Press): void;
  /** What follows a label, such as a button that hides the node. */
  trailing?(node: T): ReactNode;
  /** When this changes, the first node that meets the condition is shown. */
  reveal?: { isWanted(node: T): boolean; key: unknown } | null;
  empty?: ReactNode;
}

const ROW = 28;

/** A tree of any size, of which only the visible rows exist. */
export function VirtualTree<T extends TreeNode>(props: VirtualTreeProps<T>) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const { filtered, rows, setOpen, setToggled, isOpenAtFirst } = useRows(props.roots, props.search ?? "");
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const at = Math.min(current, Math.max(rows.length - 1, 0));
  const moveTo = (index: number) => {
    setCurrent(index);
    virtual.scrollToIndex(index, { align: "auto" });
  };
  useReveal(filtered, props.reveal, rows, setToggled, isOpenAtFirst, moveTo);
  const choose = (index: number, event: { ctrlKey: boolean; metaKey: boolean; shiftKey: boolean }) => {
    const row = rows[index];
    if (row === undefined) return;
    const [from, to] = [Math.min(at, index), Math.max(at, index)];
    const range = event.shiftKey ? rows.slice(from, to + 1).map((other) => other.node) : [row.node];
    if (!event.shiftKey) setCurrent(index);
    props.onChoose(row.node, event, range);
  };
  const onKeyDown = useTreeKeys({ rows, at, moveTo, setOpen, choose, onToggle: props.onToggle });
  if (rows.length === 0) return <>{props.empty}</>;
  return (
    <div
      ref={box}
      className="tree"
      role="tree"
      aria-label={props.label}
      aria-multiselectable
      tabIndex={0}
      aria-activedescendant={`${id}-${at}`}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          return (
            <TreeItem
              key={row.node.key}
              id={`${id}-${index}`}
              row={row}
              top={start}
              isCurrent={index === at}
              isSelected={props.isSelected(row.node)}
              onChoose={(event) => choose(index, event)}
              onOpen={(open) => setOpen(row.node, open)}
              onMenu={(press) => {
                setCurrent(index);
                props.onMenu?.(row.node, press);
              }}
              trailing={props.trailing?.(row.node)}
            />
          );
        })}
      </div>
    </div>
  );
}

function useRows<T extends TreeNode>(roots: readonly T[], search: string) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const filtered = useMemo(() => filterTree(roots, search), [roots, search]);
  const isOpenAtFirst = useMemo(() => firstLevels(filtered, search), [filtered, search]);
  const rows = useMemo(
    () => visibleRows(filtered, (node) => toggled.has(node.key) !== isOpenAtFirst(node)),
    [filtered, toggled, isOpenAtFirst],
  );
  const setOpen = (node: T, open: boolean) => {
    const next = new Set(toggled);
    if (open === isOpenAtFirst(node)) next.delete(node.key);
    else next.add(node.key);
    setToggled(next);
  };
  return { filtered, rows, setOpen, setToggled, isOpenAtFirst };
}

/** While searching, all is open; else nodes with few nodes beside them are, down to where it gets long. */
function firstLevels<T extends TreeNode>(roots: readonly T[], search: string): (node: T) => boolean {
  if (search.trim() !== "") return () => true;
  const open = new Set<string>();
  let level: readonly TreeNode[] = roots;
  while (level.length === 1) {
    for (const node of level) open.add(node.key);
    level = level.flatMap((node) => [...node.children]);
  }
  return (node) => open.has(node.key);
}

function useReveal<T extends TreeNode>(
  roots: readonly T[],
  reveal: VirtualTreeProps<T>["reveal"],
  rows: readonly { node: T }[],
  setToggled: (change: (toggled: ReadonlySet<string>) => ReadonlySet<string>) => void,
  isOpenAtFirst: (node: T) => boolean,
  moveTo: (index: number) => void,
) {
  const wanted = useRef<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another wish opens nodes
  useEffect(() => {
    const path = reveal ? pathTo(roots, reveal.isWanted) : null;
    if (path === null) return;
    wanted.current = path.at(-1) ?? null;
    const above = new Set(path.slice(0, -1));
    setToggled((toggled) => {
      const next = new Set(toggled);
      for (const node of nodesOf(roots, above)) {
        if (isOpenAtFirst(node)) next.delete(node.key);
        else next.add(node.key);
      }
      return next;
    });
  }, [reveal?.key, roots]);
  useEffect(() => {
    if (wanted.current === null) return;
    const index = rows.findIndex((row) => row.node.key === wanted.current);
    if (index < 0) return;
    wanted.current = null;
    moveTo(index);
  });
}

function nodesOf<T extends TreeNode>(nodes: readonly T[], keys: ReadonlySet<string>): T[] {
  return nodes
    .filter((node) => keys.has(node.key))
    .flatMap((node) => [node, ...nodesOf(node.children as readonly T[], keys)]);
}
