import { append } from "../../lib/append";
import type { ElementNumber } from "../data/Federation";
import type { ModelData } from "../data/ModelData";
import { allRows, type ElementNode, folder, grouped, leaf, sorted, type TreeWords } from "./nodes";

function leaves(model: ModelData, start: ElementNumber, rows: readonly number[], key: string, words: TreeWords) {
  return sorted(rows.map((row) => leaf(model, start, row, `${key}/${row}`, words)));
}

/** Build the tree of classes. */
export function classTree(model: ModelData, start: ElementNumber, words: TreeWords): ElementNode[] {
  const classes = grouped(allRows(model), (row) => model.className(row));
  return sorted([...classes].map(([name, rows]) => folder(name, name, leaves(model, start, rows, name, words))));
}

/** Build the tree of types: below each class its types, and the elements of each. */
export function typeTree(model: ModelData, start: ElementNumber, words: TreeWords): ElementNode[] {
  const classes = grouped(typedRows(model), (row) => model.className(row));
  return sorted(
    [...classes].map(([name, rows]) => {
      const types = grouped(rows, (row) => model.typeIndex(row));
      const folders = [...types].map(([type, members]) => {
        const key = `${name}/${type}`;
        return folder(key, typeLabel(model, type, words), leaves(model, start, members, key, words));
      });
      return folder(name, name, sorted(folders));
    }),
  );
}

/** Spatial elements and the like have no types; classes without any type would only repeat the tree of classes. */
function typedRows(model: ModelData): number[] {
  const typed = new Set(
    allRows(model)
      .filter((row) => model.typeIndex(row) !== null)
      .map(model.className, model),
  );
  return allRows(model).filter((row) => typed.has(model.className(row)));
}

function typeLabel(model: ModelData, type: number | null, words: TreeWords): string {
  const value = type === null ? undefined : model.columns.type.values[type];
  if (value === undefined) return words.withoutType;
  return value.name || value.globalId;
}

/** Build the tree of materials; an element with several is below each. */
export function materialTree(model: ModelData, start: ElementNumber, words: TreeWords): ElementNode[] {
  const members = new Map<string, number[]>();
  const without: number[] = [];
  for (const row of allRows(model)) {
    const materials = new Set(model.materials(row));
    for (const material of materials) append(members, material, row);
    if (materials.size === 0 && model.hasGeometry(row)) without.push(row);
  }
  const folders = [...members].map(([name, rows]) =>
    folder(`m${name}`, name || words.unnamed, leaves(model, start, rows, `m${name}`, words)),
  );
  if (without.length === 0) return sorted(folders);
  return [
    ...sorted(folders),
    folder("without", words.withoutMaterial, leaves(model, start, without, "without", words)),
  ];
}

/** Build the tree of groups, zones and systems. */
export function groupTree(model: ModelData, start: ElementNumber, words: TreeWords): ElementNode[] {
  const { groups } = model.columns;
  const below = grouped(groups.keys(), (place) => groups[place]?.parent ?? null);
  const built = new Set<number>();
  const build = (place: number): ElementNode => {
    built.add(place);
    const group = groups[place];
    const inner = (below.get(place) ?? []).flatMap((child) => (built.has(child) ? [] : build(child)));
    const children = [...inner, ...leaves(model, start, group?.rows ?? [], `g${place}`, words)];
    const node = folder(`g${place}`, group?.name || words.unnamed, children);
    return { ...node, ...(group && { detail: group.class }) };
  };
  const roots = (below.get(null) ?? []).map(build);
  // Groups that contain each other have no root.
  return sorted([...roots, ...[...groups.keys()].flatMap((place) => (built.has(place) ? [] : build(place)))]);
}
