import { useMemo } from "react";
import type { ElementNumber } from "../data/Federation";
import { type Page, targetsOf, usePage } from "./page";
import { type SceneStore, useSceneStore } from "./SceneStore";

/** What the page can do with elements; all that they stand for is included. */
export interface Actions {
  hide(elements: Iterable<ElementNumber>): void;
  show(elements: Iterable<ElementNumber>): void;
  isolate(elements: Iterable<ElementNumber>): void;
  fit(elements?: Iterable<ElementNumber>): void;
  showAll(): void;
  toggleXray(): void;
  deselect(): void;
}

/** Return the actions of the page. */
export function useActions(): Actions {
  const page = usePage();
  const store = useSceneStore();
  return useMemo(() => actionsOf(page, store), [page, store]);
}

function actionsOf(page: Page, { get, dispatch }: SceneStore): Actions {
  const withParts = (elements: Iterable<ElementNumber>) => page.federation.withParts(elements, get().alone);
  return {
    hide: (elements) => dispatch({ do: "hide", elements: withParts(elements) }),
    show: (elements) => dispatch({ do: "show", elements: withParts(elements) }),
    isolate: (elements) => dispatch({ do: "isolate", elements: withParts(elements) }),
    fit: (elements) => {
      const targets = elements === undefined ? undefined : targetsOf(page, withParts(elements));
      // Elements without geometry cannot be looked at.
      if (targets === undefined || targets.length > 0) page.scene?.viewer.fit(targets);
    },
    showAll: () => dispatch({ do: "showAll" }),
    toggleXray: () => dispatch({ do: "set", changes: { xray: !get().xray } }),
    deselect: () => dispatch({ do: "select", elements: [] }),
  };
}
