import { useEffect, useState } from "react";
import { authorization } from "../../api/token";
import type { LoadedModel, LoadStage, Transform, ViewerApi } from "../../viewer/types";
import type { Federation } from "../data/Federation";
import type { ModelData } from "../data/ModelData";
import { glbPath } from "../data/useFederation";
import type { Scene, SceneModel } from "../state/page";

/** How far the 3D view of the models is. */
export type Loading =
  | { is: "starting" }
  | { is: "loading"; label: string; stage: LoadStage; share: number | null }
  | { is: "ready" }
  | { is: "withoutWebGl" }
  | { is: "withoutGeometry" }
  | { is: "failed"; error: unknown };

/** Load the models into the 3D engine, one after another. */
export function useSceneModels(
  viewer: ViewerApi | null,
  federation: Federation,
  setScene: (scene: Scene | null) => void,
): Loading {
  const [loading, setLoading] = useState<Loading>({ is: "starting" });
  useEffect(() => {
    if (viewer === null) return;
    const stop = new AbortController();
    loadAll(viewer, federation, stop.signal, setLoading).then(
      (models) => {
        if (stop.signal.aborted) return;
        setScene({ viewer, models });
        setLoading({ is: models.size > 0 ? "ready" : "withoutGeometry" });
      },
      (error: unknown) => {
        if (!stop.signal.aborted) setLoading({ is: "failed", error });
      },
    );
    return () => {
      stop.abort();
      setScene(null);
    };
  }, [viewer, federation, setScene]);
  return loading;
}

async function loadAll(
  viewer: ViewerApi,
  federation: Federation,
  signal: AbortSignal,
  setLoading: (loading: Loading) => void,
): Promise<Map<string, SceneModel>> {
  const models = new Map<string, SceneModel>();
  for (const model of federation.models) {
    const path = glbPath(model.model);
    if (path === null) continue;
    const transform = await transformOf(federation, model);
    const loaded = await viewer.load(model.sha256, path, {
      signal,
      headers: authorization(),
      transform,
      onProgress: (done, total, stage) => {
        if (signal.aborted) return;
        setLoading({ is: "loading", label: model.label, stage, share: total ? done / total : null });
      },
    });
    models.set(model.sha256, { loaded, rows: rowsOf(model, loaded), transform });
  }
  return models;
}

/** From the axes of a model to those of the first one. A page with one model does not load the code for it. */
async function transformOf({ models: [first] }: Federation, model: ModelData): Promise<Transform | null> {
  if (first === undefined || model === first) return null;
  const { placementOf } = await import("../data/placement");
  return placementOf(first.model.metadata, model.model.metadata).transform;
}

function rowsOf(model: ModelData, loaded: LoadedModel): Int32Array {
  return Int32Array.from(loaded.globalIds, (globalId) => model.rowsByGlobalId.get(globalId) ?? -1);
}
