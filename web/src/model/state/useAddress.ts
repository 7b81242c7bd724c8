import { useCallback, useEffect, useRef } from "react";
import { readAddress, writeAddress } from "./address";
import type { Page } from "./page";
import type { SceneStore } from "./SceneStore";

const DELAY = 400;

/**
 * Keep the address in step with the state and the camera, so that it can be shared and survives a reload. Returns what
 * to call when the camera has moved.
 */
export function useAddress(page: Page, store: SceneStore): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const current = useRef(page);
  current.current = page;
  const models = useRef(modelsOfAddress());
  const later = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      // A link changes the address before this page goes.
      if (modelsOfAddress() !== models.current) return;
      const { federation, scene } = current.current;
      const camera = scene?.viewer.camera ?? null;
      const { query } = writeAddress(federation, store.get(), camera, window.location.search);
      const address = query === "" ? window.location.pathname : `?${query}`;
      if (address !== window.location.search) window.history.replaceState(window.history.state, "", address);
    }, DELAY);
  }, [store]);
  useEffect(() => {
    const unsubscribe = store.subscribe(later);
    return () => {
      unsubscribe();
      clearTimeout(timer.current);
    };
  }, [store, later]);
  return later;
}

function modelsOfAddress(): string {
  const { pathname, search } = window.location;
  return `${pathname} ${new URLSearchParams(search).getAll("with")}`;
}

/** When the 3D view is ready, look from where the address says; else at the selected elements. */
export function useStartingView(page: Page, store: SceneStore, lookAt: (elements: ReadonlySet<number>) => void): void {
  const { federation, scene } = page;
  const start = useRef(window.location.search);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once per scene
  useEffect(() => {
    if (scene === null) return;
    const { camera } = readAddress(federation, start.current);
    const { selected } = store.get();
    if (camera !== null) scene.viewer.camera = camera;
    else if (selected.size > 0) lookAt(selected);
    // The engine looks at the first model when that is loaded.
    else if (scene.models.size > 1 && store.get().isolated !== null) scene.viewer.fit();
    else if (scene.models.size > 1)
      void import("../scene/neighbours").then(({ lookAtLargest }) => lookAtLargest(scene));
  }, [scene]);
}
