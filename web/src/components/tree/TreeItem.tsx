import type { MouseEvent, ReactNode } from "react";
import { visible } from "../../lib/visible";
import { Icon } from "../Icon";
import { LongName } from "../LongName";
import type { TreeRow } from "./treeRows";
import { type Press, useLongPress } from "./useLongPress";

interface Props {
  id: string;
  row: TreeRow;
  top: number;
  isCurrent: boolean;
  isSelected: boolean;
  onChoose(event: MouseEvent): void;
  onOpen(open: boolean): void;
  onMenu(press: Press): void;
  trailing: ReactNode;
}

/** One row of a tree. The tree has the focus and handles the keys. */
export function TreeItem({ id, row, top, isCurrent, isSelected, onChoose, onOpen, onMenu, trailing }: Props) {
  const { node, level, isOpen, place, siblings } = row;
  const isParent = node.children.length > 0;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus, and names this item as active
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree handles the keys
    <div
      id={id}
      className="tree-item"
      role="treeitem"
      aria-level={level}
      aria-setsize={siblings}
      aria-posinset={place + 1}
      aria-selected={isSelected}
      aria-expanded={isParent ? isOpen : undefined}
      data-current={isCurrent || undefined}
      data-faint={node.isFaint || undefined}
      style={{ transform: `translateY(${top}px)`, paddingInlineStart: (level - 1) * 14 }}
      onClick={onChoose}
      onDoubleClick={() => isParent && onOpen(!isOpen)}
      onContextMenu={(event) => {
        event.preventDefault();
        onMenu(event);
      }}
      {...useLongPress(onMenu)}
    >
      <span
        className="tree-arrow"
        data-open={isOpen || undefined}
        aria-hidden="true"
        onClick={(event) => {
          if (!isParent) return;
          event.stopPropagation();
          onOpen(!isOpen);
        }}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        {isParent && <Icon name="down" size={14} />}
      </span>
      <span className="tree-label" title={visible(node.label)}>
        <LongName text={node.label} />
        {node.detail !== undefined && <span className="tree-detail">{node.detail}</span>}
      </span>
      {node.count !== undefined && <span className="tree-count numeric">{node.count}</span>}
      {trailing}
    </div>
  );
}
