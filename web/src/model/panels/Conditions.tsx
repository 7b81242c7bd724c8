import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { FromFile } from "../../components/FromFile";
import { Icon } from "../../components/Icon";
import { PropertySelect } from "./PropertySelect";

const OPERATORS = ["=", "!=", "<", "<=", ">", ">=", "contains", "exists"] as const;
type Operator = (typeof OPERATORS)[number];

/** The API takes this many conditions. */
export const MOST_CONDITIONS = 8;

interface ListProps {
  conditions: readonly string[];
  onChange(conditions: string[]): void;
}

/** The conditions that must all hold. */
export function ConditionList({ conditions, onChange }: ListProps) {
  const { t } = useTranslation();
  if (conditions.length === 0) return null;
  return (
    <Stack gap={4} component="ul" p={0} m={0} aria-label={t("model.filter.conditions")}>
      {conditions.map((condition) => (
        <Group key={condition} component="li" gap={4} wrap="nowrap" className="condition">
          <Text size="xs" flex={1}>
            <FromFile>{condition}</FromFile>
          </Text>
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={t("model.filter.remove", { condition })}
            onClick={() => onChange(conditions.filter((other) => other !== condition))}
          >
            <Icon name="cross" size={14} />
          </ActionIcon>
        </Group>
      ))}
    </Stack>
  );
}

/** Adds a condition on a property. */
export function ConditionForm({ onAdd }: { onAdd(condition: string): void }) {
  const { t } = useTranslation();
  const [path, setPath] = useState<string | null>(null);
  const [operator, setOperator] = useState<Operator>("=");
  const [value, setValue] = useState("");
  const needsValue = operator !== "exists";
  const isComplete = path !== null && (!needsValue || value.trim() !== "");
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (!isComplete) return;
    onAdd(conditionText(path, operator, value));
    setValue("");
  };
  return (
    <form onSubmit={add}>
      <Stack gap={6}>
        <PropertySelect label={t("model.filter.property")} value={path} onChange={setPath} />
        <Group gap={6} wrap="nowrap" align="end">
          <Select
            aria-label={t("model.filter.operator")}
            data={OPERATORS.map((name) => ({ value: name, label: t(`model.operators.${name}`) }))}
            value={operator}
            onChange={(next) => setOperator((next as Operator | null) ?? "=")}
            allowDeselect={false}
            size="xs"
            w={110}
          />
          {needsValue && (
            <TextInput
              aria-label={t("model.filter.value")}
              placeholder={t("model.filter.valueHint")}
              value={value}
              onChange={(event) => setValue(event.currentTarget.value)}
              size="xs"
              flex={1}
            />
          )}
        </Group>
        <Button type="submit" size="xs" variant="light" disabled={!isComplete}>
          {t("model.filter.add")}
        </Button>
      </Stack>
    </form>
  );
}

/** Return a condition as the API reads it. */
export function conditionText(path: string, operator: Operator, value: string): string {
  if (operator === "exists") return `${path} exists`;
  return operator === "contains" ? `${path} contains ${value.trim()}` : `${path}${operator}${value.trim()}`;
}
