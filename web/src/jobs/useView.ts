import { useCallback, useMemo } from "react";
import { useSearchParams } from "wouter";
import type { Sort } from "../components/DataTable";
import { filterOf, type JobFilter, withWords, writeFilter } from "./list/filter";
import { orderOf, writeOrder } from "./list/order";

/** What the page shows: all of it is in the address. */
export function useView() {
  const [parameters, setParameters] = useSearchParams();
  const text = parameters.toString();
  const view = useMemo(() => {
    const current = new URLSearchParams(text);
    return { filter: filterOf(current), order: orderOf(current), isHistory: current.get("tab") === "history" };
  }, [text]);
  const change = useCallback(
    (write: (parameters: URLSearchParams) => void) => {
      setParameters(
        (current) => {
          const next = new URLSearchParams(current);
          write(next);
          return next;
        },
        { replace: true },
      );
    },
    [setParameters],
  );
  return {
    ...view,
    setFilter: useCallback((filter: JobFilter) => change((next) => writeFilter(filter, next)), [change]),
    setOrder: useCallback((order: Sort) => change((next) => writeOrder(order, next)), [change]),
    setHistory: useCallback(
      (isOn: boolean) =>
        change((next) => {
          if (isOn) return next.set("tab", "history");
          next.delete("tab");
          // Words for owners and labels are text in the history.
          const filter = filterOf(next);
          writeFilter(withWords(filter, filter.text), next);
        }),
      [change],
    ),
  };
}
