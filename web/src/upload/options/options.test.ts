// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { texts } from "../../i18n/en";
import { FIELD_NAMES, FIELDS, type Field, OPERATIONS } from "./fields";
import { countChanges, INITIAL, isValid, restored, settingsOf, withValue } from "./values";

interface Schema {
  $ref?: string;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
  pattern?: string;
}

const { components } = JSON.parse(readFileSync("../docs/reference/openapi.json", "utf-8"));

/** Follow references, and take the part of a union that is not null. */
function resolved(schema: Schema): Schema {
  if (schema.$ref !== undefined) return resolved(components.schemas[schema.$ref.split("/").at(-1) ?? ""]);
  if (schema.anyOf === undefined || schema.pattern !== undefined) return schema;
  const { anyOf, ...others } = schema;
  return { ...others, ...resolved(anyOf.find(({ type }) => type !== "null") ?? {}) };
}

function schemaOf(path: string): Schema {
  return path.split(".").reduce((schema: Schema, name) => {
    const next = resolved(schema).properties?.[name];
    if (next === undefined) throw new Error(`a JobRequest has no ${path}`);
    return next;
  }, components.schemas.JobRequest);
}

test.each(FIELD_NAMES)("%s is as the API describes it", (name) => {
  const field: Field = FIELDS[name];
  const schema = resolved(schemaOf(field.path));
  if (field.initial !== null && field.kind !== "text" && schema.default !== undefined)
    expect(schema.default).toEqual(field.initial);
  if (field.kind === "choice") expect(schema.enum).toEqual(expect.arrayContaining([...field.values]));
  if (field.kind === "choices") expect(schema.items?.enum).toEqual(field.values);
  if (field.kind === "words") expect(schema.items?.type).toBe("string");
  if (field.kind === "number") expect([schema.minimum, schema.maximum]).toEqual([field.minimum, field.maximum]);
  if (field.kind === "text") {
    for (const text of ["auto", "1", "500m", "4Gi", "1.5G", "4 Gi", "much"]) {
      expect(isValid(field, text)).toBe(new RegExp(schema.pattern ?? "").test(text));
    }
  }
});

test("every choice has a text", () => {
  for (const name of FIELD_NAMES) {
    const field: Field = FIELDS[name];
    const text = texts.upload.options.field[name] as { label: string; value?: object };
    if (field.kind === "choice") expect(Object.keys(text.value ?? {}).sort()).toEqual([...field.values].sort());
  }
});

test("the operations are those of the API", () => {
  expect(Object.keys(components.schemas.Operations.properties).sort()).toEqual([...OPERATIONS].sort());
});

test("values as at the beginning send nothing", () => {
  expect(settingsOf(INITIAL)).toEqual({});
  expect(settingsOf(withValue(withValue(INITIAL, "priority", 7), "priority", 0))).toEqual({});
});

test("the queue's default of resources is empty, and every other text is sent", () => {
  const chosen = withValue(withValue(INITIAL, "memory", "auto"), "cpu", "1");
  expect(settingsOf(chosen)).toEqual({ resources: { memory: "auto", cpu: "1" } });
  for (const name of ["memory", "cpu"] as const) expect(isValid(FIELDS[name], "")).toBe(true);
  expect(settingsOf(withValue(withValue(chosen, "memory", ""), "cpu", ""))).toEqual({});
});

test("an option of one operation names all that are selected", () => {
  const values = withValue({ ...INITIAL, operations: ["metadata", "gltf"] }, "compression", "meshopt");
  expect(settingsOf(values)).toEqual({ operations: { metadata: {}, gltf: { compression: "meshopt" } } });
  expect(countChanges(values)).toBe(3);
});

test("options of an operation that is off are not sent", () => {
  const values = withValue({ ...INITIAL, operations: ["metadata"] }, "formats", ["csv"]);
  expect(settingsOf(values)).toEqual({ operations: { metadata: {} } });
});

test("options of the job stand in their parts of the request", () => {
  const values = withValue(withValue(INITIAL, "memory", "4Gi"), "retries", 1);
  expect(settingsOf(values)).toEqual({ resources: { memory: "4Gi" }, retry: { limit: 1 } });
});

test("kept values that mean nothing any more are left out", () => {
  const kept = { operations: ["gltf", "gone"], fields: { priority: 3, memory: "much", gone: 1, cache: "Maybe" } };
  expect(restored(JSON.stringify(kept))).toEqual({ operations: ["gltf"], fields: { priority: 3 } });
  for (const text of [null, "{", "null", '{"operations":[]}']) expect(restored(text)).toEqual(INITIAL);
});
