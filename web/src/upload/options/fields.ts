/** The options of a job that the page offers; a test compares them with the API's OpenAPI document. */

interface Base {
  /** Where the value stands in a JobRequest. */
  path: string;
  group: "files" | "geometry" | "job";
}

export type Field = Base &
  (
    | { kind: "choice"; values: readonly string[]; initial: string }
    | { kind: "choices"; values: readonly string[]; initial: readonly string[] }
    | { kind: "words"; initial: readonly string[] }
    | { kind: "number"; initial: number | null; minimum: number; maximum: number; step: number }
    | { kind: "text"; initial: string; pattern: string }
    | { kind: "queue"; initial: string }
  );

const QUANTITY = "[0-9]+(\\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?";
const none: readonly string[] = [];

export const OPERATIONS = ["metadata", "spatialTree", "properties", "gltf"] as const;
export type Operation = (typeof OPERATIONS)[number];

export const FIELDS = {
  formats: {
    ...{ path: "operations.properties.formats", group: "files", kind: "choices", initial: none },
    values: ["csv", "xlsx", "ndjson", "sqlite", "duckdb"],
  },
  spaces: {
    ...{ path: "operations.gltf.spaces", group: "geometry", kind: "choice", initial: "hide" },
    values: ["hide", "show"],
  },
  compression: {
    ...{ path: "operations.gltf.compression", group: "geometry", kind: "choice", initial: "none" },
    values: ["none", "quantize", "meshopt"],
  },
  normals: {
    ...{ path: "operations.gltf.normals", group: "geometry", kind: "choice", initial: "none" },
    values: ["none", "flat", "smooth"],
  },
  origin: {
    ...{ path: "operations.gltf.origin", group: "geometry", kind: "choice", initial: "auto" },
    values: ["auto", "none"],
  },
  names: {
    ...{ path: "operations.gltf.names", group: "geometry", kind: "choice", initial: "globalId" },
    values: ["globalId", "name"],
  },
  extras: {
    ...{ path: "operations.gltf.extras", group: "geometry", kind: "choice", initial: "ids" },
    values: ["ids", "properties"],
  },
  linearDeflection: {
    ...{ path: "operations.gltf.linearDeflection", group: "geometry", kind: "number", initial: null },
    ...{ minimum: 0.0001, maximum: 1, step: 0.001 },
  },
  angularDeflection: {
    ...{ path: "operations.gltf.angularDeflection", group: "geometry", kind: "number", initial: null },
    ...{ minimum: 0.01, maximum: 2, step: 0.1 },
  },
  elementDeadlineSeconds: {
    ...{ path: "operations.gltf.elementDeadlineSeconds", group: "geometry", kind: "number", initial: 30 },
    ...{ minimum: 0.1, maximum: 3600, step: 10 },
  },
  includeClasses: { path: "operations.gltf.includeClasses", group: "geometry", kind: "words", initial: none },
  excludeClasses: { path: "operations.gltf.excludeClasses", group: "geometry", kind: "words", initial: none },
  storeys: { path: "operations.gltf.storeys", group: "geometry", kind: "words", initial: none },
  queue: { path: "queue", group: "job", kind: "queue", initial: "default" },
  priority: {
    ...{ path: "priority", group: "job", kind: "number", initial: 0 },
    ...{ minimum: -1_000_000, maximum: 1_000_000, step: 1 },
  },
  memory: { path: "resources.memory", group: "job", kind: "text", initial: "", pattern: `^auto$|^${QUANTITY}$` },
  cpu: { path: "resources.cpu", group: "job", kind: "text", initial: "", pattern: `^${QUANTITY}$` },
  cache: { path: "cache", group: "job", kind: "choice", initial: "Use", values: ["Use", "Refresh", "Off"] },
  retries: { path: "retry.limit", group: "job", kind: "number", initial: 3, minimum: 0, maximum: 8, step: 1 },
  activeDeadlineSeconds: {
    ...{ path: "activeDeadlineSeconds", group: "job", kind: "number", initial: 14_400 },
    ...{ minimum: 1, maximum: 604_800, step: 60 },
  },
  ttlSecondsAfterFinished: {
    ...{ path: "ttlSecondsAfterFinished", group: "job", kind: "number", initial: null },
    ...{ minimum: 0, maximum: 31_536_000, step: 3600 },
  },
  coverage: {
    ...{ path: "coverage.minimum", group: "job", kind: "number", initial: 0 },
    ...{ minimum: 0, maximum: 1, step: 0.05 },
  },
  onShortfall: {
    ...{ path: "coverage.onShortfall", group: "job", kind: "choice", initial: "Degrade" },
    values: ["Degrade", "Fail"],
  },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof FIELDS;
export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

/** Return the fields of a group, in their order. */
export function fieldsOf(group: Field["group"]): FieldName[] {
  return FIELD_NAMES.filter((name) => FIELDS[name].group === group);
}
