import { useMemo } from "react";
import type { ElementNumber } from "../data/Federation";
import { usePage } from "./page";
import { useScene } from "./SceneStore";
import { visibilityOf } from "./visibility";

/** The selected elements, with all that they stand for. */
export function useHighlighted(): ReadonlySet<ElementNumber> {
  const { federation } = usePage();
  const selected = useScene((state) => state.selected);
  const alone = useScene((state) => state.alone);
  return useMemo(() => federation.withParts(selected, alone), [federation, selected, alone]);
}

const NONE: ReadonlySet<ElementNumber> = new Set();

/** Return a function that says how an element appears: another one only when that changes, as all elements follow it. */
export function useVisibility(matches: ReadonlySet<ElementNumber> | null) {
  const hidden = useScene((state) => state.hidden);
  const isolated = useScene((state) => state.isolated);
  const xray = useScene((state) => state.xray);
  const filter = useScene((state) => state.filter);
  const selected = useHighlighted();
  const highlighted = xray ? selected : NONE;
  return useMemo(
    () => visibilityOf({ hidden, isolated, xray, filter }, matches, highlighted),
    [hidden, isolated, xray, filter, matches, highlighted],
  );
}
