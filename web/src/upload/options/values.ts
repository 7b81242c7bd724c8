import type { JobSettings } from "../uploader/types";
import { FIELD_NAMES, FIELDS, type Field, type FieldName, OPERATIONS, type Operation } from "./fields";

export type Value = string | number | null | readonly string[];

/** What the user has chosen; a field that is absent has its initial value. */
export interface OptionValues {
  operations: readonly Operation[];
  fields: Partial<Record<FieldName, Value>>;
}

export const INITIAL: OptionValues = { operations: OPERATIONS, fields: {} };

/** Return the value of a field. */
export function optionValue(values: OptionValues, name: FieldName): Value {
  return values.fields[name] ?? FIELDS[name].initial;
}

/** Return the values after a change; a field with its initial value is not kept. */
export function withValue(values: OptionValues, name: FieldName, value: Value): OptionValues {
  const { [name]: _, ...others } = values.fields;
  const isInitial = JSON.stringify(value) === JSON.stringify(FIELDS[name].initial);
  return { ...values, fields: isInitial ? others : { ...others, [name]: value } };
}

/** Return the number of choices that differ from the API's defaults. */
export function countChanges({ operations, fields }: OptionValues): number {
  return Object.keys(fields).length + (OPERATIONS.length - operations.length);
}

/** Return the request's part of the values: only what differs from the API's defaults. */
export function settingsOf(values: OptionValues): JobSettings {
  const settings: Record<string, unknown> = {};
  for (const name of FIELD_NAMES) {
    const value = values.fields[name];
    const { path } = FIELDS[name];
    const operation = path.startsWith("operations.") ? path.split(".")[1] : undefined;
    const isUsed = operation === undefined || values.operations.includes(operation as Operation);
    if (value !== undefined && isUsed) assign(settings, path.split("."), value);
  }
  if (settings.operations !== undefined || values.operations.length < OPERATIONS.length) {
    // To name one operation selects it alone: the others are named too.
    const chosen = Object.fromEntries(values.operations.map((operation) => [operation, {}]));
    settings.operations = { ...chosen, ...(settings.operations as object | undefined) };
  }
  return settings as JobSettings;
}

/** Return values that were kept by this or another version of the page; parts that mean nothing are left out. */
export function restored(text: string | null): OptionValues {
  try {
    const kept = JSON.parse(text ?? "") as Partial<OptionValues>;
    const operations = OPERATIONS.filter((operation) => kept.operations?.includes(operation));
    const fields = Object.entries(kept.fields ?? {}).filter(
      ([name, value]) => name in FIELDS && isValid(FIELDS[name as FieldName], value),
    );
    return { operations: operations.length > 0 ? operations : OPERATIONS, fields: Object.fromEntries(fields) };
  } catch {
    return INITIAL;
  }
}

/** Return whether the API takes a value. */
export function isValid(field: Field, value: unknown): value is Value {
  switch (field.kind) {
    case "choice":
      return field.values.includes(value as string);
    case "choices":
      return isWords(value) && value.every((word) => field.values.includes(word));
    case "words":
      return isWords(value);
    case "number":
      return value === null || (typeof value === "number" && value >= field.minimum && value <= field.maximum);
    case "text":
      return value === field.initial || (typeof value === "string" && new RegExp(field.pattern).test(value));
    case "queue":
      return typeof value === "string" && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value);
  }
}

function isWords(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((word) => typeof word === "string");
}

function assign(target: Record<string, unknown>, [first = "", ...rest]: string[], value: Value): void {
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  target[first] ??= {};
  assign(target[first] as Record<string, unknown>, rest, value);
}
