import type { ReactNode } from "react";

/** A column of a table. Define columns outside of render or with useMemo: rows are drawn again when they change. */
export interface Column<Row> {
  id: string;
  title: string;
  render(row: Row): ReactNode;
  sortable?: boolean;
  /** A CSS width; the columns without one share the rest. */
  width?: string;
  align?: "end";
  /** The column is absent in tables that are narrower than this. */
  minTableWidth?: number;
}

export interface Sort {
  column: string;
  descending: boolean;
}

export interface DataTableProps<Row> {
  /** The table's name for screen readers. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
  /** The row's name, for the label of its checkbox. */
  nameOf(row: Row): string;
  /** Rows on the server; more than `rows` while the rest is not loaded. */
  total?: number;
  sort?: Sort;
  onSort?(sort: Sort): void;
  /** Keys of the selected rows; without it rows cannot be selected. */
  selected?: ReadonlySet<string>;
  onSelect?(selected: ReadonlySet<string>): void;
  /** The last loaded row comes into view. */
  onEnd?(): void;
  isLoading?: boolean;
  /** A row as a card, for tables narrower than 560 px; without it the columns stay. */
  card?(row: Row): ReactNode;
  /** The usual height of a row; rows in view are measured. */
  rowHeight?: number;
  /** Height of a scrolling table; without it, the table scrolls with the page. */
  height?: number | string;
}
