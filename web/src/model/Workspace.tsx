import { useMediaQuery } from "@mantine/hooks";
import { lazy, Suspense, useMemo, useState } from "react";
import { coloursOf } from "./colours/legend";
import { useLegend } from "./colours/useLegend";
import type { Federation } from "./data/Federation";
import { useMatches } from "./data/useMatches";
import { PanelRail } from "./layout/PanelRail";
import { type PanelName, SidePanel } from "./layout/SidePanel";
import { Splitter, useWidth } from "./layout/Splitter";
import { PropertiesPanel } from "./panels/properties/PropertiesPanel";
import { SceneTools } from "./scene/SceneTools";
import { SceneView } from "./scene/SceneView";
import { SelectionBar } from "./scene/SelectionBar";
import { readAddress } from "./state/address";
import { type Page, PageContext, type Scene } from "./state/page";
import { SceneContext, SceneStore, useScene } from "./state/SceneStore";
import { useActions } from "./state/useActions";
import { useAddress, useStartingView } from "./state/useAddress";
import { useVisibility } from "./state/useLook";
import "./layout/workspace.css";

const FarModels = lazy(() => import("./scene/FarModels").catch(() => ({ default: () => null })));

const NO_COLOURS = new Map();

/** The whole page: panels, 3D view and properties, over one state. */
export function Workspace({ federation }: { federation: Federation }) {
  const [store] = useState(() => new SceneStore(readAddress(federation, window.location.search).state));
  const [scene, setScene] = useState<Scene | null>(null);
  const page = useMemo(() => ({ federation, scene, setScene }), [federation, scene]);
  return (
    <SceneContext value={store}>
      <PageContext value={page}>
        <Layout store={store} page={page} />
      </PageContext>
    </SceneContext>
  );
}

function Layout({ page, store }: { page: Page; store: SceneStore }) {
  const actions = useActions();
  const onCamera = useAddress(page, store);
  useStartingView(page, store, actions.fit);

  const isNarrow = useMediaQuery("(max-width: 62em)", false, { getInitialValueInEffect: false });
  const [panel, setPanel] = useState<PanelName | null>(() => {
    if (isNarrow) return null;
    return store.get().colourBy === null ? "tree" : "colours";
  });
  const left = useWidth("left", 300);
  const right = useWidth("right", 320);
  const matches = useMatches(
    page.federation,
    useScene((state) => state.filter),
  );
  const colouring = useLegend(
    page.federation,
    useScene((state) => state.colourBy),
  );
  const colours = useMemo(() => (colouring.legend === null ? NO_COLOURS : coloursOf(colouring.legend)), [colouring]);
  const visibility = useVisibility(matches.elements);
  return (
    <div className="workspace" data-narrow={isNarrow || undefined}>
      <PanelRail panel={panel} onChange={setPanel} isNarrow={isNarrow} />
      {panel !== null && (
        <div className="side" style={isNarrow ? {} : { width: left.width }}>
          <SidePanel name={panel} visibility={visibility} matches={matches} colouring={colouring} />
        </div>
      )}
      {panel !== null && !isNarrow && <Splitter side="left" {...left} />}
      <SceneView visibility={visibility} colours={colours} onCamera={onCamera}>
        <SceneTools />
        <SelectionBar />
        <Suspense>{page.scene !== null && page.scene.models.size > 1 && <FarModels />}</Suspense>
      </SceneView>
      {!isNarrow && <Splitter side="right" {...right} />}
      {!isNarrow && (
        <div className="side" style={{ width: right.width }}>
          <PropertiesPanel />
        </div>
      )}
    </div>
  );
}
