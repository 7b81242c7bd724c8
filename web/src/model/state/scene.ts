import type { Projection, Section } from "../../viewer/types";
import type { ElementNumber } from "../data/Federation";

/** What elements are coloured by: a column, or a property as `[Set.]Name`. */
export type ColourBy = "class" | "storey" | "type" | "material" | "model" | { property: string };

/** Conditions that elements must meet, in the words of the API. */
export interface ElementFilter {
  classes: readonly string[];
  /** GlobalIds. */
  storeys: readonly string[];
  conditions: readonly string[];
}

/** Everything the page shows, besides the camera. */
export interface SceneState {
  selected: ReadonlySet<ElementNumber>;
  /** The selected elements that do not stand for what is below them: a terrain picked in 3D is not its site. */
  alone: ReadonlySet<ElementNumber>;
  /** The last selected element: its properties are shown. */
  focus: ElementNumber | null;
  hidden: ReadonlySet<ElementNumber>;
  /** If set, only these are shown. */
  isolated: ReadonlySet<ElementNumber> | null;
  /** Show what is isolated or filtered out as ghosts; without either, what is not selected. */
  xray: boolean;
  filter: ElementFilter;
  colourBy: ColourBy | null;
  section: Section | null;
  projection: Projection;
}

export const NO_FILTER: ElementFilter = { classes: [], storeys: [], conditions: [] };

export const START: SceneState = {
  selected: new Set(),
  alone: new Set(),
  focus: null,
  hidden: new Set(),
  isolated: null,
  xray: false,
  filter: NO_FILTER,
  colourBy: null,
  section: null,
  projection: "perspective",
};

/** How a selection changes the one before: replace it, add, remove or toggle. */
export type SelectMode = "replace" | "add" | "toggle";

/** Return how a click with these keys changes the selection. */
export function selectMode(event: { ctrlKey: boolean; metaKey: boolean; shiftKey: boolean }): SelectMode {
  if (event.ctrlKey || event.metaKey) return "toggle";
  return event.shiftKey ? "add" : "replace";
}

interface Select {
  do: "select";
  elements: Iterable<ElementNumber>;
  mode?: SelectMode;
  focus?: ElementNumber | null;
  alone?: boolean;
}

export type Action =
  | Select
  | { do: "hide"; elements: Iterable<ElementNumber> }
  | { do: "show"; elements: Iterable<ElementNumber> }
  | { do: "isolate"; elements: Iterable<ElementNumber> }
  | { do: "showAll" }
  | { do: "restore"; state: SceneState }
  | { do: "set"; changes: Partial<Pick<SceneState, "xray" | "filter" | "colourBy" | "section" | "projection">> };

/** Return the state after an action. */
export function reduce(state: SceneState, action: Action): SceneState {
  switch (action.do) {
    case "select":
      return select(state, action);
    case "hide":
      return { ...state, hidden: new Set([...state.hidden, ...action.elements]) };
    case "show":
      return show(state, new Set(action.elements));
    case "isolate":
      return { ...state, isolated: new Set(action.elements), hidden: new Set() };
    case "showAll":
      return { ...state, hidden: new Set(), isolated: null, xray: false, filter: NO_FILTER };
    case "restore":
      return action.state;
    case "set":
      return { ...state, ...action.changes };
  }
}

function select(state: SceneState, { elements, mode, focus, alone: isAlone }: Select): SceneState {
  const chosen = [...elements];
  const replaces = (mode ?? "replace") === "replace";
  const selected = new Set(replaces ? [] : state.selected);
  const alone = new Set(replaces ? [] : state.alone);
  const removes = mode === "toggle" && chosen.every((element) => selected.has(element));
  for (const element of chosen) {
    if (removes) selected.delete(element);
    else selected.add(element);
    if (isAlone && !removes) alone.add(element);
    else alone.delete(element);
  }
  const last = replaces ? null : state.focus;
  return { ...state, selected, alone, focus: removes ? ([...selected].at(-1) ?? null) : (focus ?? chosen[0] ?? last) };
}

function show(state: SceneState, elements: ReadonlySet<ElementNumber>): SceneState {
  const hidden = new Set([...state.hidden].filter((element) => !elements.has(element)));
  const isolated = state.isolated === null ? null : new Set([...state.isolated, ...elements]);
  return { ...state, hidden, isolated };
}

/** Return whether the filter has any condition. */
export function isFiltering(filter: ElementFilter): boolean {
  return filter.classes.length + filter.storeys.length + filter.conditions.length > 0;
}
