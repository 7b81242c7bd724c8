import { type RefObject, useLayoutEffect, useState } from "react";

const CARDS_BELOW = 560;

/** Return the width of an element, and whether its rows have to be cards; unknown widths count as wide. */
export function useTableWidth(element: RefObject<HTMLElement | null>): { width: number; isNarrow: boolean } {
  const [measured, setMeasured] = useState(0);
  useLayoutEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => setMeasured(Math.round(entry?.contentRect.width ?? 0)));
    observer.observe(element.current);
    setMeasured(Math.round(element.current.getBoundingClientRect().width));
    return () => observer.disconnect();
  }, [element]);
  const width = measured || Number.POSITIVE_INFINITY;
  return { width, isNarrow: width < CARDS_BELOW };
}
