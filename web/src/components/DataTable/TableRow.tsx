import { Checkbox } from "@mantine/core";
import { memo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./DataTable.module.css";
import type { Column } from "./types";

interface Props<Row> {
  row: Row;
  index: number;
  rowKey: string;
  name: string;
  columns: readonly Column<Row>[];
  card: ((row: Row) => ReactNode) | null;
  /** null where rows cannot be selected. */
  isSelected: boolean | null;
  onToggle(key: string, isRange: boolean): void;
  measure(element: Element | null): void;
}

function Row<Row>({ row, index, rowKey, name, columns, card, isSelected, onToggle, measure }: Props<Row>) {
  const { t } = useTranslation();
  return (
    <tr
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={isSelected ?? undefined}
      className={isSelected ? styles.selected : ""}
    >
      {isSelected !== null && (
        <td className={styles.check}>
          <Checkbox
            size="xs"
            aria-label={t("table.select", { name })}
            checked={isSelected}
            // React takes the change from the click, which knows the keys.
            onChange={({ nativeEvent }) => onToggle(rowKey, (nativeEvent as MouseEvent).shiftKey === true)}
          />
        </td>
      )}
      {card !== null ? (
        <td>{card(row)}</td>
      ) : (
        columns.map((column) => (
          <td key={column.id} className={column.align === "end" ? styles.end : ""}>
            {column.render(row)}
          </td>
        ))
      )}
    </tr>
  );
}

/** A row that is drawn again only when it changes: lists of thousands get several changes per second. */
export const TableRow = memo(Row) as typeof Row;
