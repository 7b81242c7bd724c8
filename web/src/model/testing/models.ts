import { Federation } from "../data/Federation";
import { type Columns, type Model, ModelData } from "../data/ModelData";

/** An element of a hand-written model; `parent` is its place in the list. */
export interface Row {
  class: string;
  name?: string | null;
  parent?: number | null;
  storey?: number;
  type?: number;
  materials?: string[];
  triangles?: number;
  globalId?: string;
}

type Text = Columns["class"];

function column(texts: (string | null)[]): Text {
  const values = [...new Set(texts.filter((text): text is string => text !== null))];
  return { values, index: texts.map((text) => (text === null ? null : values.indexOf(text))) };
}

/** Make a model of hand-written elements; the STEP id of each is ten times its place, plus ten. */
export function modelOf(rows: readonly Row[], changes: Partial<Columns> = {}, sha256 = "a".repeat(64)): ModelData {
  const materials = [...new Set(rows.flatMap((row) => row.materials ?? []))];
  const columns: Columns = {
    total: rows.length,
    stepId: rows.map((_, place) => place * 10 + 10),
    globalId: rows.map((row, place) => row.globalId ?? `id-${place}`),
    name: rows.map((row) => row.name ?? null),
    class: column(rows.map((row) => row.class)),
    predefinedType: column(rows.map(() => null)),
    type: { values: [{ globalId: "type-0", name: "Type 0" }], index: rows.map((row) => row.type ?? null) },
    storey: rows.map((row) => row.storey ?? null),
    parent: rows.map((row) => (row.parent === undefined ? -1 : row.parent)),
    layers: { values: [], index: rows.map(() => []) },
    materials: { values: materials, index: rows.map((row) => (row.materials ?? []).map((m) => materials.indexOf(m))) },
    classifications: { values: [], index: rows.map(() => []) },
    triangles: rows.map((row) => row.triangles ?? null),
    spatial: [],
    groups: [],
    ...changes,
  };
  const model = { sha256, namespace: "bim", job: "house", artifacts: [], metadata: null } as unknown as Model;
  return new ModelData(model, columns);
}

/** A site with two storeys, two walls and a door. */
export const HOUSE: readonly Row[] = [
  { class: "IfcSite", name: "Site" },
  { class: "IfcBuildingStorey", name: "Level 10", parent: 0 },
  { class: "IfcBuildingStorey", name: "Level 2", parent: 0 },
  { class: "IfcWall", name: "Wall B", parent: 1, storey: 1, type: 0, materials: ["Brick", "Plaster"], triangles: 12 },
  { class: "IfcWall", name: "Wall A", parent: 1, storey: 1, materials: ["Brick"], triangles: 12 },
  { class: "IfcDoor", name: null, parent: 2, storey: 2, triangles: 8 },
];
const SPATIAL = { spatial: [0, 1, 2].map((row) => ({ row, longName: row === 1 ? "Attic" : null, elevation: row })) };

/** Make the house. */
export function house(changes: Partial<Columns> = {}, sha256?: string): ModelData {
  return modelOf(HOUSE, { ...SPATIAL, ...changes }, sha256);
}

/** Make a scene of models. */
export function federationOf(...models: ModelData[]): Federation {
  return new Federation(models);
}
