import { Checkbox, Group, NativeSelect, NumberInput, TagsInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueueNames } from "../../api/live/useLive";
import { useNamespace } from "../../app/namespace";
import { FIELDS, type Field, type FieldName } from "./fields";
import { isValid, type Value } from "./values";

interface Props {
  name: FieldName;
  value: Value;
  isDisabled: boolean;
  onChange(value: Value): void;
}

/** One option with its help. */
export function OptionField({ name, value, isDisabled, onChange }: Props) {
  const { t } = useTranslation();
  const field: Field = FIELDS[name];
  const common = {
    label: t(`upload.options.field.${name}.label`),
    description: t(`upload.options.field.${name}.help`),
    disabled: isDisabled,
    size: "sm",
  } as const;
  switch (field.kind) {
    case "choice":
      return (
        <NativeSelect
          {...common}
          value={String(value)}
          data={field.values.map((choice) => ({ value: choice, label: t(choiceKey(name, choice)) }))}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      );
    case "choices":
      return (
        <Checkbox.Group {...common} value={[...(value as readonly string[])]} onChange={onChange}>
          <Group mt="xs">
            {field.values.map((choice) => (
              <Checkbox key={choice} value={choice} label={choice} disabled={isDisabled} />
            ))}
          </Group>
        </Checkbox.Group>
      );
    case "words":
      return (
        <TagsInput {...common} value={[...(value as readonly string[])]} splitChars={[",", ";"]} onChange={onChange} />
      );
    case "number":
      return (
        <NumberInput
          {...common}
          value={typeof value === "number" ? value : ""}
          min={field.minimum}
          max={field.maximum}
          step={field.step}
          placeholder={t("upload.options.automatic")}
          onChange={(next) => {
            const number = typeof next === "number" ? next : field.initial;
            if (isValid(field, number)) onChange(number);
          }}
        />
      );
    case "text":
      return <QuantityField {...common} field={field} value={String(value)} onChange={onChange} />;
    case "queue":
      return <QueueField {...common} value={String(value)} onChange={onChange} />;
  }
}

/** Return the key of a choice's text; a test finds those without one. */
function choiceKey(name: FieldName, choice: string): "upload.options.field.cache.value.Use" {
  return `upload.options.field.${name}.value.${choice}` as "upload.options.field.cache.value.Use";
}

interface TextProps {
  label: string;
  description: string;
  disabled: boolean;
  size: "sm";
  value: string;
  onChange(value: Value): void;
}

/** A text that is taken once it is valid. */
function QuantityField({ field, value, onChange, ...props }: TextProps & { field: Field }) {
  const { t } = useTranslation();
  const [text, setText] = useState<string | null>(null);
  const shown = text ?? value;
  return (
    <TextInput
      {...props}
      value={shown}
      placeholder={t("upload.options.queueDefault")}
      error={isValid(field, shown) ? null : t("upload.options.invalid")}
      onChange={({ currentTarget: { value: next } }) => {
        setText(next);
        if (isValid(field, next)) onChange(next);
      }}
      onBlur={() => setText(null)}
    />
  );
}

function QueueField({ value, onChange, ...props }: TextProps) {
  const namespace = useNamespace();
  const data = [...new Set([...useQueueNames(namespace), value])].sort();
  return (
    <NativeSelect
      {...props}
      value={value}
      data={data}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}
