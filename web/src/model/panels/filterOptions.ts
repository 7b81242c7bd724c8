import { NATURAL_ORDER } from "../../lib/naturalOrder";
import { visible } from "../../lib/visible";
import type { Federation } from "../data/Federation";
import { heightOf, type Scene } from "../state/page";

/** Return what the filter offers: classes by name, and storeys, the highest first. */
export function optionsOf(federation: Federation, scene: Scene | null) {
  const classes = new Map<string, number>();
  const storeys = new Map<string, { label: string; elevation: number }>();
  for (const model of federation.models) {
    const elevations = new Map(model.columns.spatial.map((place) => [place.row, place.elevation ?? 0]));
    for (let row = 0; row < model.columns.total; row += 1) {
      const name = model.className(row);
      classes.set(name, (classes.get(name) ?? 0) + 1);
      if (name !== "IfcBuildingStorey") continue;
      const globalId = model.columns.globalId[row] ?? "";
      const suffix = federation.models.length > 1 ? ` (${model.label})` : "";
      storeys.set(globalId, {
        label: visible(`${model.name(row) ?? globalId}${suffix}`),
        elevation: heightOf(scene, model.sha256, elevations.get(row) ?? 0),
      });
    }
  }
  return {
    classes: [...classes]
      .sort(([first], [second]) => NATURAL_ORDER.compare(first, second))
      .map(([value, count]) => ({ value, label: `${visible(value)} (${count})` })),
    storeys: [...storeys]
      .sort(([, first], [, second]) => second.elevation - first.elevation)
      .map(([value, { label }]) => ({ value, label })),
  };
}
