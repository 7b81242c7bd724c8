import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { startTexts } from "../../i18n";
import { type Column, DataTable, type DataTableProps } from ".";

interface Fruit {
  name: string;
  weight: number;
}

const COLUMNS: Column<Fruit>[] = [
  { id: "name", title: "Name", sortable: true, render: (fruit) => fruit.name },
  { id: "weight", title: "Weight", align: "end", render: (fruit) => fruit.weight },
];
const FRUITS = Array.from({ length: 5000 }, (_, number) => ({ name: `fruit-${number}`, weight: number }));

beforeAll(startTexts);
afterEach(cleanup);

function show(props: Partial<DataTableProps<Fruit>> = {}) {
  const nameOf = (fruit: Fruit) => fruit.name;
  return render(
    <MantineProvider>
      <DataTable label="Fruits" columns={COLUMNS} rows={FRUITS} keyOf={nameOf} nameOf={nameOf} {...props} />
    </MantineProvider>,
  );
}

function Selectable({ onSelect }: { onSelect(keys: string[]): void }) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const nameOf = (fruit: Fruit) => fruit.name;
  const select = (keys: ReadonlySet<string>) => {
    setSelected(keys);
    onSelect([...keys]);
  };
  return (
    <MantineProvider>
      <DataTable
        label="Fruits"
        columns={COLUMNS}
        rows={FRUITS.slice(0, 9)}
        keyOf={nameOf}
        nameOf={nameOf}
        selected={selected}
        onSelect={select}
      />
    </MantineProvider>
  );
}

test("only rows in view are in the page, and the table says how many there are", () => {
  show({ total: 9000 });
  const rows = screen.getAllByRole("row");
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.length).toBeLessThan(60);
  expect(screen.getByRole("table", { name: "Fruits" }).getAttribute("aria-rowcount")).toBe("9001");
  expect(rows[1]?.getAttribute("aria-rowindex")).toBe("2");
});

test("a click on a head sorts, a second one reverses the order", async () => {
  const onSort = vi.fn();
  show({ sort: { column: "name", descending: false }, onSort });
  const head = screen.getByRole("columnheader", { name: "Name" });
  expect(head.getAttribute("aria-sort")).toBe("ascending");
  await userEvent.click(within(head).getByRole("button"));
  expect(onSort).toHaveBeenCalledWith({ column: "name", descending: true });
  expect(within(screen.getByRole("columnheader", { name: "Weight" })).queryByRole("button")).toBeNull();
});

test("Shift selects the rows from the last click on", async () => {
  const user = userEvent.setup();
  const selections: string[][] = [];
  render(<Selectable onSelect={(keys) => selections.push(keys)} />);
  await user.click(screen.getByRole("checkbox", { name: "Select fruit-2" }));
  await user.keyboard("{Shift>}");
  await user.click(screen.getByRole("checkbox", { name: "Select fruit-5" }));
  await user.keyboard("{/Shift}");
  expect(selections.at(-1)).toEqual(["fruit-2", "fruit-3", "fruit-4", "fruit-5"]);
  const all = screen.getByRole<HTMLInputElement>("checkbox", { name: "Select all rows" });
  expect(all.indeterminate).toBe(true);
  await user.click(all);
  expect(selections.at(-1)).toHaveLength(9);
  await user.click(all);
  expect(selections.at(-1)).toEqual([]);
});

test("the end of the loaded rows asks for more", () => {
  const onEnd = vi.fn();
  show({ rows: FRUITS.slice(0, 5), onEnd });
  expect(onEnd).toHaveBeenCalled();
  cleanup();
  const notYet = vi.fn();
  show({ onEnd: notYet });
  expect(notYet).not.toHaveBeenCalled();
});

test("a narrow table shows cards, and its order in a menu", async () => {
  vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockReturnValue({
    ...new DOMRect(0, 0, 340, 108).toJSON(),
    width: 340,
    height: 108,
  });
  const onSort = vi.fn();
  show({ card: (fruit) => <b>card of {fruit.name}</b>, sort: { column: "name", descending: false }, onSort });
  expect(screen.getByText("card of fruit-0")).toBeTruthy();
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Sort by" }), "Name ↓");
  expect(onSort).toHaveBeenCalledWith({ column: "name", descending: true });
  vi.restoreAllMocks();
});
