import { createContext, useContext, useSyncExternalStore } from "react";
import { type Action, reduce, type SceneState, START } from "./scene";

/** Holds the state of the page; components subscribe to parts of it. */
export class SceneStore {
  private readonly listeners = new Set<() => void>();

  constructor(private state: SceneState = START) {}

  readonly get = (): SceneState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly dispatch = (action: Action): void => {
    const state = reduce(this.state, action);
    if (state === this.state) return;
    this.state = state;
    for (const listener of this.listeners) listener();
  };
}

export const SceneContext = createContext<SceneStore>(new SceneStore());

/** Return the store of the page. */
export function useSceneStore(): SceneStore {
  return useContext(SceneContext);
}

/** Return a part of the state; the component renders again when that part changes. */
export function useScene<T>(part: (state: SceneState) => T): T {
  const store = useSceneStore();
  return useSyncExternalStore(store.subscribe, () => part(store.get()));
}
