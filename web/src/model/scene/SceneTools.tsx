import { lazy, Suspense, useMemo } from "react";
import { usePage } from "../state/page";
import { useScene, useSceneStore } from "../state/SceneStore";
import { storeyPlans } from "./storeyPlans";

const ViewerToolbar = lazy(async () => ({ default: (await import("../../viewer")).ViewerToolbar }));

/** The tools over the 3D view. */
export function SceneTools() {
  const page = usePage();
  const { federation, scene } = page;
  const store = useSceneStore();
  const section = useScene((state) => state.section);
  const projection = useScene((state) => state.projection);
  const storeys = useMemo(() => storeyPlans(page), [page]);
  if (scene === null) return null;
  return (
    <div className="scene-tools">
      <Suspense>
        <ViewerToolbar
          viewer={scene.viewer}
          section={section}
          onSection={(next) => store.dispatch({ do: "set", changes: { section: next } })}
          projection={projection}
          onProjection={(next) => store.dispatch({ do: "set", changes: { projection: next } })}
          storeys={storeys}
          fileName={federation.models[0]?.label.replace(/\.[^.]*$/, "") ?? "model"}
        />
      </Suspense>
    </div>
  );
}
