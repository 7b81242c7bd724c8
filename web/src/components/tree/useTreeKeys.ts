import { type KeyboardEvent, useRef } from "react";
import { moveOf, typedRow } from "./treeKeys";
import type { TreeNode, TreeRow } from "./treeRows";

interface Options<T extends TreeNode> {
  rows: readonly TreeRow<T>[];
  at: number;
  moveTo(index: number): void;
  setOpen(node: T, open: boolean): void;
  choose(index: number, event: KeyboardEvent): void;
  onToggle: ((node: T) => void) | undefined;
}

const TYPING = 700;

/** Return the key handler of a tree: arrows, Home, End, Enter, the space bar, and the beginning of a label. */
export function useTreeKeys<T extends TreeNode>(options: Options<T>): (event: KeyboardEvent) => void {
  const typed = useRef({ text: "", time: 0 });
  return (event) => {
    const { rows, at } = options;
    if (event.target !== event.currentTarget || event.altKey) return;
    const move = moveOf(event.key, rows, at);
    if (move !== null) {
      event.preventDefault();
      if ("move" in move) options.moveTo(move.move);
      else if ("open" in move) options.setOpen(move.open, true);
      else if ("close" in move) options.setOpen(move.close, false);
      else if ("choose" in move) options.choose(at, event);
      else options.onToggle?.(move.toggle);
      return;
    }
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey) return;
    const isContinued = event.timeStamp - typed.current.time < TYPING;
    typed.current = { text: (isContinued ? typed.current.text : "") + event.key, time: event.timeStamp };
    const index = typedRow(rows, at, typed.current.text);
    if (index !== null) options.moveTo(index);
  };
}
