import type { ElementNumber } from "../data/Federation";
import type { ModelData } from "../data/ModelData";
import { countOf, type ElementNode, folder, grouped, labelOf, leaf, sorted, type TreeWords } from "./nodes";

const IN_PROJECT = -1;

/** Build the tree of the project: sites, buildings, storeys, spaces, and in each its elements by class. */
export function spatialTree(model: ModelData, start: ElementNumber, words: TreeWords): ElementNode[] {
  const { parent, total, spatial } = model.columns;
  const places = new Map(spatial.map((place) => [place.row, place]));
  const reached = new Set<number>();
  const build = (row: number): ElementNode => {
    reached.add(row);
    // A damaged file may have a parent below itself.
    const below = model.children(row).filter((child) => !reached.has(child));
    const isPlace = places.has(row);
    const inner = below.filter((child) => places.has(child)).map(build);
    const rest = below.filter((child) => !places.has(child) && !reached.has(child)).map(build);
    const children = isPlace ? [...inner, ...byClass(model, start, row, rest)] : sorted(rest);
    const node: ElementNode = { ...leaf(model, start, row, `e${row}`, words), children };
    if (isPlace) node.label = placeLabel(model, row, places.get(row)?.longName ?? null, words);
    if (isPlace || !model.name(row)) node.detail = model.className(row);
    if (children.length > 0) {
      node.count = countOf(children) + (isPlace ? 0 : 1);
      node.isFaint = !model.hasGeometry(row) && children.every((child) => child.isFaint);
    }
    return node;
  };
  const inProject: ElementNode[] = [];
  for (let row = 0; row < total; row += 1) if (parent[row] === IN_PROJECT) inProject.push(build(row));
  const orphans: ElementNode[] = [];
  for (let row = 0; row < total; row += 1) if (parent[row] === null) orphans.push(build(row));
  for (let row = 0; row < total; row += 1) if (!reached.has(row)) orphans.push(build(row));
  const project = model.model.metadata?.project;
  const label = project?.longName || project?.name || words.project;
  const root: ElementNode = { ...folder("project", label, inProject), detail: "IfcProject" };
  return [...(inProject.length > 0 ? [root] : []), ...withoutPlace(orphans, words)];
}

function withoutPlace(orphans: ElementNode[], words: TreeWords): ElementNode[] {
  return orphans.length > 0 ? [folder("orphans", words.withoutPlace, sorted(orphans))] : [];
}

function placeLabel(model: ModelData, row: number, longName: string | null, words: TreeWords): string {
  const name = model.name(row);
  if (!longName || longName === name) return name ?? labelOf(model, row, words);
  return name === null ? longName : `${name} · ${longName}`;
}

function byClass(model: ModelData, start: ElementNumber, row: number, nodes: ElementNode[]): ElementNode[] {
  const classes = grouped(nodes.keys(), (place) => model.className((nodes[place]?.element ?? start) - start));
  const folders = [...classes].map(([name, places]) =>
    folder(`e${row}-${name}`, name, sorted(places.flatMap((place) => nodes[place] ?? []))),
  );
  return sorted(folders);
}
