import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import type { Hit, ViewerApi } from "../../viewer/types";
import type { ElementNumber } from "../data/Federation";
import { type Page, usePage } from "../state/page";
import { useScene, useSceneStore } from "../state/SceneStore";
import { selectMode } from "../state/scene";
import { useHighlighted } from "../state/useLook";
import { appearanceOf, type Colour, type Look } from "./appearance";
import { LoadingOverlay } from "./LoadingOverlay";
import { useSceneModels } from "./useSceneModels";
import "./scene.css";

/** The engine is a chunk of its own: three.js is as large as the rest of the application. */
const ViewerCanvas = lazy(async () => ({ default: (await import("../../viewer")).ViewerCanvas }));

interface Props {
  visibility: Look["visibility"];
  colours: ReadonlyMap<ElementNumber, Colour>;
  onCamera(): void;
  /** Shown over the 3D view once it is ready. */
  children?: ReactNode;
}

/** The 3D view: shows the state of the page, and selects what is picked. */
export function SceneView({ visibility, colours, onCamera, children }: Props) {
  const page = usePage();
  const store = useSceneStore();
  const [viewer, setViewer] = useState<ViewerApi | null>(null);
  const [isMissing, setMissing] = useState(false);
  const loading = useSceneModels(viewer, page.federation, page.setScene);
  const onPick = (hit: Hit | null, event: PointerEvent) => {
    const element = hit === null ? null : elementOf(page, hit);
    const mode = selectMode(event);
    if (element !== null) store.dispatch({ do: "select", elements: [element], mode, alone: true });
    else if (mode === "replace") store.dispatch({ do: "select", elements: [] });
  };
  useAppearance(visibility, colours);
  useView();
  return (
    <div className="scene">
      <Suspense>
        <ViewerCanvas
          listeners={{
            onPick,
            onCamera,
            onSection: (section) => store.dispatch({ do: "set", changes: { section } }),
          }}
          onViewer={setViewer}
          onMissing={() => setMissing(true)}
        >
          {loading.is === "ready" && children}
        </ViewerCanvas>
      </Suspense>
      <LoadingOverlay loading={isMissing ? { is: "withoutWebGl" } : loading} />
    </div>
  );
}

function elementOf({ federation, scene }: Page, hit: Hit): ElementNumber | null {
  const place = federation.models.findIndex((model) => model.sha256 === hit.model);
  const row = scene?.models.get(hit.model)?.rows[hit.element] ?? -1;
  return place < 0 || row < 0 ? null : federation.startOf(place) + row;
}

/** Give the engine the look of all elements when it changes. */
function useAppearance(visibility: Props["visibility"], colours: Props["colours"]) {
  const { federation, scene } = usePage();
  const highlighted = useHighlighted();
  useEffect(() => {
    if (scene === null) return;
    for (const [place, model] of federation.models.entries()) {
      const inScene = scene.models.get(model.sha256);
      if (inScene === undefined) continue;
      const look = { visibility, colours, highlighted };
      scene.viewer.setAppearance(model.sha256, appearanceOf(inScene, federation.startOf(place), look));
    }
  }, [federation, scene, visibility, colours, highlighted]);
}

/** Give the engine the section and the projection when they change. */
function useView() {
  const { scene } = usePage();
  const section = useScene((state) => state.section);
  const projection = useScene((state) => state.projection);
  useEffect(() => {
    // The handles have shown what they report.
    if (scene !== null && scene.viewer.section !== section) scene.viewer.section = section;
  }, [scene, section]);
  useEffect(() => {
    if (scene !== null && scene.viewer.projection !== projection) scene.viewer.projection = projection;
  }, [scene, projection]);
}
