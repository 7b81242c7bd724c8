import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { Colouring } from "../colours/useLegend";
import type { ElementNumber } from "../data/Federation";
import type { Matches } from "../data/useMatches";
import { PropertiesPanel } from "../panels/properties/PropertiesPanel";
import { TreePanel } from "../panels/TreePanel";
import type { Visibility } from "../state/visibility";

// The panels that are closed at first.
const ColourPanel = lazy(async () => ({ default: (await import("../panels/ColourPanel")).ColourPanel }));
const FilterPanel = lazy(async () => ({ default: (await import("../panels/FilterPanel")).FilterPanel }));
const InformationPanel = lazy(async () => ({
  default: (await import("../panels/information/InformationPanel")).InformationPanel,
}));
const ReportPanel = lazy(async () => ({ default: (await import("../panels/report/ReportPanel")).ReportPanel }));
const ViewsPanel = lazy(async () => ({ default: (await import("../views/ViewsPanel")).ViewsPanel }));

export const PANELS = ["tree", "properties", "filter", "colours", "views", "report", "information"] as const;
export type PanelName = (typeof PANELS)[number];

interface Props {
  name: PanelName;
  visibility(element: ElementNumber): Visibility;
  matches: Matches;
  colouring: Colouring;
}

/** The panel beside the 3D view. */
export function SidePanel(props: Props) {
  return (
    <Suspense fallback={<Skeleton h="100%" />}>
      <Panel {...props} />
    </Suspense>
  );
}

function Panel({ name, visibility, matches, colouring }: Props) {
  switch (name) {
    case "tree":
      return <TreePanel visibility={visibility} />;
    case "properties":
      return <PropertiesPanel />;
    case "filter":
      return <FilterPanel matches={matches} />;
    case "views":
      return <ViewsPanel />;
    case "report":
      return <ReportPanel />;
    case "information":
      return <InformationPanel />;
    case "colours":
      return <ColourPanel colouring={colouring} />;
  }
}
