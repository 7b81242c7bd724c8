/** A node of a tree. Keys are unique in the tree; the label may be text from a file. */
export interface TreeNode {
  key: string;
  label: string;
  /** Shown after the label, dimmed. */
  detail?: string;
  children: readonly TreeNode[];
  /** Shown at the end of the row. */
  count?: number;
  /** Shown dimmed: the node stands for nothing visible. */
  isFaint?: boolean;
}

/** A node as a row of the list that is drawn. */
export interface TreeRow<T extends TreeNode = TreeNode> {
  node: T;
  level: number;
  parent: number;
  isOpen: boolean;
  place: number;
  siblings: number;
}

/** Return the rows to draw: each open node's children below it. */
export function visibleRows<T extends TreeNode>(roots: readonly T[], isOpen: (node: T) => boolean): TreeRow<T>[] {
  const rows: TreeRow<T>[] = [];
  const add = (nodes: readonly T[], level: number, parent: number) => {
    for (const [place, node] of nodes.entries()) {
      const open = node.children.length > 0 && isOpen(node);
      const index = rows.push({ node, level, parent, isOpen: open, place, siblings: nodes.length }) - 1;
      if (open) add(node.children as readonly T[], level + 1, index);
    }
  };
  add(roots, 1, -1);
  return rows;
}

/** Return the tree with the nodes whose label or detail has the text, and all that is above them. */
export function filterTree<T extends TreeNode>(roots: readonly T[], text: string): T[] {
  const wanted = text.trim().toLocaleLowerCase();
  if (wanted === "") return [...roots];
  const matches = ({ label, detail }: T) =>
    label.toLocaleLowerCase().includes(wanted) || (detail?.toLocaleLowerCase().includes(wanted) ?? false);
  const keep = (node: T): T[] => {
    const children = (node.children as readonly T[]).flatMap(keep);
    if (children.length > 0) return [{ ...node, children }];
    return matches(node) ? [node] : [];
  };
  return roots.flatMap(keep);
}

/** Return the keys of the nodes above the first node that meets the condition, and its own. */
export function pathTo<T extends TreeNode>(roots: readonly T[], isWanted: (node: T) => boolean): string[] | null {
  for (const node of roots) {
    if (isWanted(node)) return [node.key];
    const below = pathTo(node.children as readonly T[], isWanted);
    if (below !== null) return [node.key, ...below];
  }
  return null;
}
