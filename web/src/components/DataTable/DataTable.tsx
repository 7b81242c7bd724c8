import { useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import styles from "./DataTable.module.css";
import { extent, toggled } from "./selection";
import { TableHead } from "./TableHead";
import { TableRow } from "./TableRow";
import type { DataTableProps } from "./types";
import { useRows } from "./useRows";
import { useTableWidth } from "./useTableWidth";

const ROW = 41;
const CARD = 108;
const NOTHING: ReadonlySet<string> = new Set();

/** A table of many thousand rows: only those in view are in the page, and screen readers are told how many there are. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { columns, rows, keyOf, nameOf, selected = NOTHING, onSelect, sort, onSort, height } = props;
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const { width, isNarrow } = useTableWidth(scroller);
  const card = isNarrow && props.card !== undefined ? props.card : null;
  const shown = useMemo(() => columns.filter((column) => width >= (column.minTableWidth ?? 0)), [columns, width]);
  const keys = useMemo(() => rows.map(keyOf), [rows, keyOf]);
  const selection = useSelection(keys, selected, onSelect);
  const view = useRows({
    count: rows.length,
    rowHeight: card === null ? (props.rowHeight ?? ROW) : CARD,
    keyAt: useCallback((index: number) => keys[index] ?? String(index), [keys]),
    scroller: height === undefined ? null : scroller,
    body,
    onEnd: props.onEnd,
  });
  const columnCount = (card === null ? shown.length : 1) + Number(onSelect !== undefined);
  return (
    <div ref={scroller} className={height === undefined ? "" : styles.scroller} style={{ maxHeight: height }}>
      <table
        className={styles.table}
        aria-label={props.label}
        aria-rowcount={(props.total ?? rows.length) + 1}
        aria-busy={props.isLoading ?? false}
        data-scrolls={height === undefined ? "page" : "self"}
      >
        <TableHead
          columns={card === null ? shown : columns}
          sort={sort}
          onSort={onSort}
          all={selection.all}
          isNarrow={card !== null}
        />
        <tbody ref={body}>
          <Space height={view.before} columns={columnCount} />
          {view.items.map(({ index }) => {
            const row = rows[index];
            const key = keys[index];
            if (row === undefined || key === undefined) return null;
            return (
              <TableRow
                key={key}
                row={row}
                rowKey={key}
                index={index}
                name={nameOf(row)}
                columns={shown}
                card={card}
                isSelected={onSelect === undefined ? null : selected.has(key)}
                onToggle={selection.toggle}
                measure={view.measure}
              />
            );
          })}
          <Space height={view.after} columns={columnCount} />
        </tbody>
      </table>
      {props.isLoading && <p className={styles.loading}>{t("table.loading")}</p>}
    </div>
  );
}

/** Stands for the rows out of view. */
function Space({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can have the focus
    <tr aria-hidden="true" className={styles.space}>
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

interface Selection {
  all: { extent: "all" | "some" | "none"; toggle(): void } | null;
  toggle(key: string, isRange: boolean): void;
}

function useSelection(
  keys: readonly string[],
  selected: ReadonlySet<string>,
  onSelect: ((selected: ReadonlySet<string>) => void) | undefined,
): Selection {
  const anchor = useRef<string | null>(null);
  const latest = useRef({ keys, selected, onSelect });
  useEffect(() => {
    latest.current = { keys, selected, onSelect };
  });
  const toggle = useCallback((key: string, isRange: boolean) => {
    const now = latest.current;
    now.onSelect?.(toggled(now.selected, now.keys, key, anchor.current, isRange));
    anchor.current = key;
  }, []);
  if (onSelect === undefined) return { all: null, toggle };
  const present = extent(selected, keys);
  return { all: { extent: present, toggle: () => onSelect(present === "all" ? NOTHING : new Set(keys)) }, toggle };
}
