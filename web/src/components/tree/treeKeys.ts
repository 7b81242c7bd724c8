import type { TreeNode, TreeRow } from "./treeRows";

/** What a key does in a tree: WAI-ARIA's tree pattern. */
export type TreeMove<T extends TreeNode> =
  | { move: number }
  | { open: T }
  | { close: T }
  | { choose: T }
  | { toggle: T };

const PAGE = 10;

/** Return what a key does at a row; null for a key without meaning there. */
export function moveOf<T extends TreeNode>(key: string, rows: readonly TreeRow<T>[], at: number): TreeMove<T> | null {
  const row = rows[at];
  if (row === undefined) return null;
  const last = rows.length - 1;
  switch (key) {
    case "ArrowDown":
      return { move: Math.min(at + 1, last) };
    case "ArrowUp":
      return { move: Math.max(at - 1, 0) };
    case "PageDown":
      return { move: Math.min(at + PAGE, last) };
    case "PageUp":
      return { move: Math.max(at - PAGE, 0) };
    case "Home":
      return { move: 0 };
    case "End":
      return { move: last };
    case "ArrowRight":
      if (row.node.children.length === 0) return null;
      return row.isOpen ? { move: at + 1 } : { open: row.node };
    case "ArrowLeft":
      if (row.isOpen) return { close: row.node };
      return row.parent >= 0 ? { move: row.parent } : null;
    case "Enter":
      return { choose: row.node };
    case " ":
      return { toggle: row.node };
    default:
      return null;
  }
}

/** Return the next row, after the current one, whose label begins with the typed text. */
export function typedRow(rows: readonly TreeRow[], at: number, typed: string): number | null {
  const wanted = typed.toLocaleLowerCase();
  // A single letter goes to the next match; more letters may stay at the current one.
  const first = typed.length > 1 ? 0 : 1;
  for (let step = first; step < rows.length + first; step += 1) {
    const index = (at + step) % rows.length;
    if (rows[index]?.node.label.toLocaleLowerCase().startsWith(wanted)) return index;
  }
  return null;
}
