import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../../api/client";
import { FromFile } from "../../../components/FromFile";
import { Icon } from "../../../components/Icon";
import { visible } from "../../../lib/visible";

export interface PropertyRow {
  key: string;
  name: string;
  value: string | null;
  unit?: string | null;
  /** Where the value is from, if it is not from the element itself. */
  source?: string;
}

/** Return the rows of names that have a value. */
export function rowsOf(values: readonly [string, string | null | undefined][]): PropertyRow[] {
  return values.flatMap(([name, value]) => (value ? [{ key: name, name, value }] : []));
}

interface TableProps {
  title: string;
  prefix?: string;
  rows: readonly PropertyRow[];
  filter: string;
}

/** A set of properties as a table that can be folded; absent if nothing in it matches the filter. */
export function PropertyTable({ title, prefix, rows, filter }: TableProps) {
  const wanted = filter.trim().toLocaleLowerCase();
  const isMatch = (text: string | null) => text?.toLocaleLowerCase().includes(wanted) ?? false;
  const shown = isMatch(title) ? rows : rows.filter((row) => isMatch(row.name) || isMatch(row.value));
  if (shown.length === 0) return null;
  return (
    <details className="property-set" open>
      <summary>
        <Icon name="down" size={14} />
        <span>
          {prefix !== undefined && `${prefix} · `}
          <FromFile>{title}</FromFile>
        </span>
      </summary>
      <table className="property-table" aria-label={visible(title)}>
        <tbody>
          {shown.map((row) => (
            <tr key={row.key}>
              <th scope="row">
                <FromFile>{row.name}</FromFile>
              </th>
              <td>
                <Value row={row} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Value({ row }: { row: PropertyRow }) {
  const { t, i18n } = useTranslation();
  const text = row.value === "true" || row.value === "false" ? t(`model.${row.value}`) : row.value;
  if (text === null || text === "")
    return (
      <Text span inherit c="dimmed" aria-label={t("model.noValue")}>
        –
      </Text>
    );
  const number = row.unit ? Number(text) : Number.NaN;
  const shown = Number.isFinite(number)
    ? number.toLocaleString(i18n.language, { maximumSignificantDigits: 8, useGrouping: false })
    : text;
  return (
    <>
      <FromFile className="property-value">{shown}</FromFile>
      {row.unit && ` ${row.unit}`}
      {row.source !== undefined && (
        <Text span inherit c="dimmed">
          {" "}
          ({row.source})
        </Text>
      )}
    </>
  );
}

interface ListProps {
  sets: readonly Schema["PropertySet"][];
  filter: string;
  prefix?: string;
}

/** Property sets, quantity sets, materials or classifications. */
export function SetList({ sets, filter, prefix }: ListProps) {
  const { t } = useTranslation();
  return sets.map((set, place) => (
    <PropertyTable
      // biome-ignore lint/suspicious/noArrayIndexKey: a file may repeat a name, and the list never changes
      key={place}
      title={set.name}
      {...(prefix !== undefined && { prefix })}
      filter={filter}
      rows={set.values.map((value, index) => ({
        key: `${index}`,
        name: value.name,
        value: value.value ?? null,
        unit: value.unit ?? null,
        ...(value.source !== "instance" && { source: t(`model.source.${value.source as "type" | "material"}`) }),
      }))}
    />
  ));
}
