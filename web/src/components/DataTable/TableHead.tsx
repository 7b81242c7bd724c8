import { Checkbox, NativeSelect, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "../Icon";
import styles from "./DataTable.module.css";
import type { Column, Sort } from "./types";

interface Props<Row> {
  columns: readonly Column<Row>[];
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
  /** The checkbox of all rows; null where rows cannot be selected. */
  all: { extent: "all" | "some" | "none"; toggle(): void } | null;
  isNarrow: boolean;
}

/** The head of a table: names, order, and the checkbox of all rows. Cards have a menu for their order instead. */
export function TableHead<Row>({ columns, sort, onSort, all, isNarrow }: Props<Row>) {
  const { t } = useTranslation();
  return (
    <thead className={styles.head}>
      <tr aria-rowindex={1}>
        {all !== null && (
          <th scope="col" className={styles.check}>
            <Checkbox
              size="xs"
              aria-label={t("table.selectAll")}
              checked={all.extent === "all"}
              indeterminate={all.extent === "some"}
              onChange={all.toggle}
            />
          </th>
        )}
        {isNarrow ? (
          <th scope="col">
            <SortMenu columns={columns} sort={sort} onSort={onSort} />
          </th>
        ) : (
          columns.map((column) => <HeadCell key={column.id} column={column} sort={sort} onSort={onSort} />)
        )}
      </tr>
    </thead>
  );
}

function HeadCell<Row>({ column, sort, onSort }: { column: Column<Row> } & Pick<Props<Row>, "sort" | "onSort">) {
  const isSorted = sort?.column === column.id;
  const order = isSorted ? (sort.descending ? "descending" : "ascending") : "none";
  const alignment = column.align === "end" ? styles.end : "";
  if (!column.sortable || onSort === undefined) {
    return (
      <th scope="col" className={alignment} style={{ width: column.width }}>
        {column.title}
      </th>
    );
  }
  return (
    <th scope="col" className={alignment} style={{ width: column.width }} aria-sort={order}>
      <UnstyledButton
        className={styles.sort}
        onClick={() => onSort({ column: column.id, descending: isSorted && !sort.descending })}
      >
        {column.title}
        <span className={isSorted ? (sort.descending ? "" : styles.ascending) : styles.unsorted}>
          <Icon name="down" size={14} />
        </span>
      </UnstyledButton>
    </th>
  );
}

function SortMenu<Row>({ columns, sort, onSort }: Pick<Props<Row>, "columns" | "sort" | "onSort">) {
  const { t } = useTranslation();
  const sortable = columns.filter((column) => column.sortable);
  if (onSort === undefined || sortable.length === 0) return columns[0]?.title ?? null;
  const data = sortable.flatMap(({ id, title }) => [
    { value: `${id} up`, label: `${title} ↑` },
    { value: `${id} down`, label: `${title} ↓` },
  ]);
  return (
    <NativeSelect
      size="xs"
      aria-label={t("table.sortBy")}
      data={data}
      value={sort && `${sort.column} ${sort.descending ? "down" : "up"}`}
      onChange={({ currentTarget: { value } }) => {
        const [column = "", direction] = value.split(" ");
        onSort({ column, descending: direction === "down" });
      }}
    />
  );
}
