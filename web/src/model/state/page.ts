import { createContext, useContext } from "react";
import type { LoadedModel, Transform, ViewerApi } from "../../viewer/types";
import type { ElementNumber, Federation } from "../data/Federation";

/** A model in the 3D scene, with the way from its elements there to the rows of the API and back. */
export interface SceneModel {
  loaded: LoadedModel;
  /** The row of each element of the scene; -1 for one that the API does not list. */
  rows: Int32Array;
  /** From the axes of its file to those of the scene; null if they are the same. */
  transform: Transform | null;
}

/** The 3D engine and the models that it shows, by SHA-256; null while it loads, or without WebGL. */
export interface Scene {
  viewer: ViewerApi;
  models: ReadonlyMap<string, SceneModel>;
}

export interface Page {
  federation: Federation;
  scene: Scene | null;
  setScene(scene: Scene | null): void;
}

export const PageContext = createContext<Page | null>(null);

/** Return the models of the page and the 3D scene. */
export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error("this component belongs inside of a model page");
  return page;
}

/** Return where an elevation of a model's file is in the scene. */
export function heightOf(scene: Scene | null, sha256: string, elevation: number): number {
  const { axes, origin } = scene?.models.get(sha256)?.transform ?? {};
  return axes && origin ? axes[2][2] * elevation + origin[2] : elevation;
}

/** Return elements of the page as targets of the 3D engine. */
export function targetsOf(page: Page, elements: Iterable<ElementNumber>): { id: string; elements: number[] }[] {
  const { federation, scene } = page;
  if (scene === null) return [];
  const wanted = [...elements];
  return federation.models.flatMap((model, place) => {
    const inScene = scene.models.get(model.sha256);
    if (inScene === undefined) return [];
    const rows = federation.rowsOf(place, wanted);
    const indexes = rows.flatMap((row) => [...inScene.loaded.indexesOf(model.columns.globalId[row] ?? "")]);
    return indexes.length > 0 ? [{ id: model.sha256, elements: indexes }] : [];
  });
}
