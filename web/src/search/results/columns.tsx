import { Anchor, Group, Stack, Text } from "@mantine/core";
import type { TFunction } from "i18next";
import { Link } from "wouter";
import type { Column } from "../../components/DataTable";
import { FromFile } from "../../components/FromFile";
import styles from "../search.module.css";
import type { FoundElement } from "../useSearch";

/** Return the address of an element in its model. */
export function pathOf({ model, globalId }: FoundElement): string {
  return `/models/${model}?${new URLSearchParams({ element: globalId })}`;
}

/** Return the columns of the results: fixed ones, and one per condition on a property. Names have the rest of the width. */
export function columnsOf(
  t: TFunction,
  properties: readonly string[],
  modelName: (element: FoundElement) => string,
): Column<FoundElement>[] {
  return [
    { id: "name", title: t("search.column.name"), render: (element) => <ElementLink element={element} /> },
    {
      id: "class",
      title: t("search.column.class"),
      render: ({ class: name }) => <Cell>{name}</Cell>,
      width: "11.5rem",
    },
    ...properties.map((path, index) => ({
      id: `property-${index}`,
      title: path.slice(path.lastIndexOf(".") + 1),
      render: ({ matches }: FoundElement) => <Cell>{matchText(matches?.[index])}</Cell>,
      minTableWidth: index === 0 ? 0 : 700,
      width: "8rem",
    })),
    {
      ...{ id: "objectType", title: t("search.column.objectType"), minTableWidth: 900, width: "11rem" },
      render: ({ objectType }) => <Cell>{objectType}</Cell>,
    },
    {
      ...{ id: "storey", title: t("search.column.storey"), minTableWidth: 640, width: "8rem" },
      render: ({ storeyName }) => <Cell>{storeyName}</Cell>,
    },
    {
      ...{ id: "model", title: t("search.column.model"), minTableWidth: 560, width: "9rem" },
      render: (element) => <Cell>{modelName(element)}</Cell>,
    },
  ];
}

/** An element in tables of phones. */
export function ElementCard({ element, model }: { element: FoundElement; model: string }) {
  const values = (element.matches ?? []).map(matchText).filter((value) => value !== null);
  return (
    <Stack gap={2}>
      <ElementLink element={element} />
      <Group gap={6}>
        <Text size="xs">{element.class}</Text>
        {values.map((value) => (
          <Text key={value} size="xs" fw={600}>
            <FromFile>{value}</FromFile>
          </Text>
        ))}
      </Group>
      <Text size="xs" c="dimmed" lineClamp={1}>
        <FromFile>{[element.storeyName, model].filter(Boolean).join(" · ")}</FromFile>
      </Text>
    </Stack>
  );
}

function ElementLink({ element }: { element: FoundElement }) {
  return (
    <Anchor component={Link} href={pathOf(element)} size="sm" className={styles.name}>
      <FromFile>{element.name || element.globalId}</FromFile>
    </Anchor>
  );
}

function Cell({ children }: { children: string | null | undefined }) {
  if (!children) return null;
  return (
    <span className={styles.name}>
      <FromFile>{children}</FromFile>
    </span>
  );
}

function matchText(match: { value?: string | null; unit?: string | null } | undefined): string | null {
  if (match?.value == null) return null;
  return match.unit ? `${match.value} ${match.unit}` : match.value;
}
