import { useVirtualizer, useWindowVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useState } from "react";

interface Options {
  count: number;
  rowHeight: number;
  keyAt(index: number): string;
  /** The scrolling element; null: the page scrolls. */
  scroller: RefObject<HTMLElement | null> | null;
  body: RefObject<HTMLElement | null>;
  onEnd: (() => void) | undefined;
}

interface Rows {
  items: VirtualItem[];
  /** Heights of the rows that are not drawn. */
  before: number;
  after: number;
  measure(element: Element | null): void;
}

/** Draw only the rows in view, and report when the last one comes into view. */
export function useRows({ count, rowHeight, keyAt, scroller, body, onEnd }: Options): Rows {
  const scrollMargin = useTop(scroller === null ? body : null);
  const common = {
    count,
    estimateSize: () => rowHeight,
    getItemKey: keyAt,
    overscan: 8,
    // A row of a hidden table has no height; with it, all rows would be in view.
    measureElement: (row: Element) => row.getBoundingClientRect().height || rowHeight,
  };
  const ofPage = useWindowVirtualizer({ ...common, scrollMargin, enabled: scroller === null });
  const ofElement = useVirtualizer({
    ...common,
    getScrollElement: () => scroller?.current ?? null,
    enabled: scroller !== null,
  });
  const virtualizer = scroller === null ? ofPage : ofElement;
  const items = virtualizer.getVirtualItems();
  const [first, last] = [items[0], items[items.length - 1]];
  const isAtEnd = last !== undefined && last.index >= count - 10;
  // biome-ignore lint/correctness/useExhaustiveDependencies: more rows can have an end in view again
  useEffect(() => {
    if (isAtEnd) onEnd?.();
  }, [isAtEnd, count, onEnd]);
  return {
    items,
    before: first === undefined ? 0 : first.start - (scroller === null ? scrollMargin : 0),
    after: last === undefined ? 0 : virtualizer.getTotalSize() - last.end + (scroller === null ? scrollMargin : 0),
    measure: virtualizer.measureElement,
  };
}

/** Return the distance of an element from the top of the page. */
function useTop(element: RefObject<HTMLElement | null> | null): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    if (element?.current == null) return;
    const measured = Math.round(element.current.getBoundingClientRect().top + window.scrollY);
    // The place of the body changes with everything above it; a pixel of rounding is not a change.
    if (Math.abs(measured - top) > 1) setTop(measured);
  });
  return top;
}
