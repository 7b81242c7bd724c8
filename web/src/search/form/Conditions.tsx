import { ActionIcon, Button, Fieldset, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../../components/Icon";
import { type Condition, conditionText, OPERATORS, type Operator, parseCondition } from "../conditions";

const MOST = 8;
const NEW: Condition = { path: "", operator: "=", value: "" };

interface Props {
  texts: readonly string[];
  onChange(texts: string[]): void;
}

/** Conditions on properties and quantities, all of which must hold. */
export function Conditions({ texts, onChange }: Props) {
  const { t } = useTranslation();
  const [drafts, setDrafts] = useDrafts(texts);
  const set = (next: Condition[]) => {
    setDrafts(next);
    const complete = next.map(conditionText).filter((text) => text !== null);
    if (complete.join("\n") !== texts.join("\n")) onChange(complete);
  };
  return (
    <Fieldset legend={t("search.field.property")} p="xs">
      <Stack gap="xs">
        {drafts.map((draft, index) => (
          <ConditionRow
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
            key={index}
            number={index + 1}
            condition={draft}
            onChange={(next) => set(drafts.with(index, next))}
            onRemove={() => set(drafts.toSpliced(index, 1))}
          />
        ))}
        <Group>
          <Button size="xs" variant="default" disabled={drafts.length >= MOST} onClick={() => set([...drafts, NEW])}>
            {t("search.condition.add")}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}

/** Keep incomplete rows, which the address does not have, until the address changes for another reason. */
function useDrafts(texts: readonly string[]): [Condition[], (drafts: Condition[]) => void] {
  const [drafts, setDrafts] = useState<Condition[]>(() => texts.map(parseCondition));
  const complete = drafts.map(conditionText).filter((text) => text !== null);
  const [seen, setSeen] = useState(texts.join("\n"));
  const now = texts.join("\n");
  if (now !== seen) {
    setSeen(now);
    if (now !== complete.join("\n")) setDrafts(texts.map(parseCondition));
  }
  return [drafts, setDrafts];
}

interface RowProps {
  number: number;
  condition: Condition;
  onChange(condition: Condition): void;
  onRemove(): void;
}

function ConditionRow({ number, condition, onChange, onRemove }: RowProps) {
  const { t } = useTranslation();
  const { path, operator, value } = condition;
  return (
    <Stack gap={4} role="group" aria-label={t("search.condition.label", { number })}>
      <Group gap={4} wrap="nowrap">
        <Committed
          label={t("search.condition.path")}
          placeholder="Pset_DoorCommon.FireRating"
          value={path}
          onCommit={(next) => onChange({ ...condition, path: next })}
        />
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t("search.condition.remove", { number })}
          onClick={onRemove}
        >
          <Icon name="cross" size={14} />
        </ActionIcon>
      </Group>
      <Group gap={4} wrap="nowrap">
        <NativeSelect
          size="xs"
          w={104}
          aria-label={t("search.condition.operator")}
          value={operator}
          data={OPERATORS.map((symbol) => ({ value: symbol, label: t(`search.operator.${NAMES[symbol]}`) }))}
          onChange={({ currentTarget }) => onChange({ ...condition, operator: currentTarget.value as Operator })}
        />
        {operator !== "exists" && (
          <Committed
            label={t("search.condition.value")}
            placeholder={t("search.condition.valueHint")}
            value={value}
            onCommit={(next) => onChange({ ...condition, value: next })}
          />
        )}
      </Group>
    </Stack>
  );
}

const NAMES = {
  "=": "equal",
  "!=": "unequal",
  "<": "less",
  "<=": "atMost",
  ">": "greater",
  ">=": "atLeast",
  contains: "contains",
  exists: "exists",
} as const satisfies Record<Operator, string>;

interface CommittedProps {
  label: string;
  placeholder: string;
  value: string;
  onCommit(value: string): void;
}

/** A text that counts when the user leaves the field or presses Enter. */
function Committed({ label, placeholder, value, onCommit }: CommittedProps) {
  const [text, setText] = useState<string | null>(null);
  const commit = () => {
    if (text !== null && text !== value) onCommit(text);
    setText(null);
  };
  return (
    <TextInput
      size="xs"
      flex={1}
      aria-label={label}
      placeholder={placeholder}
      value={text ?? value}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
      onBlur={commit}
      onKeyDown={({ key }) => {
        if (key === "Enter") commit();
      }}
    />
  );
}
