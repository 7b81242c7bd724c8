import { visible } from "../../lib/visible";
import type { StoreyPlan } from "../../viewer";
import { heightOf, type Page, targetsOf } from "../state/page";

/** Return the storeys with geometry, the highest first. */
export function storeyPlans(page: Page): StoreyPlan[] {
  const { federation, scene } = page;
  if (scene === null) return [];
  const plans = federation.models.flatMap((model, place) => {
    const start = federation.startOf(place);
    return model.columns.spatial
      .filter(({ row }) => model.className(row) === "IfcBuildingStorey")
      .flatMap(({ row, elevation }) => {
        const floor = floorOf(page, start + row, elevation == null ? null : heightOf(scene, model.sha256, elevation));
        const suffix = federation.models.length > 1 ? ` (${model.label})` : "";
        const name = visible(`${model.name(row) ?? `#${model.columns.stepId[row]}`}${suffix}`);
        return floor === null ? [] : [{ key: String(start + row), name, elevation: floor }];
      });
  });
  return plans.sort((first, second) => second.elevation - first.elevation);
}

/** Foundations and stairs may begin below the floor of a storey by this many metres. */
const BELOW = 1.5;

/**
 * Return the height of a storey's floor in the scene. The elevation in the file is above the building's zero level,
 * which may be anywhere: it counts if it fits what is in the storey.
 */
function floorOf(page: Page, storey: number, elevation: number | null): number | null {
  const boxes = targetsOf(page, page.federation.withParts([storey])).flatMap(
    ({ id, elements }) => page.scene?.models.get(id)?.loaded.boxOf(elements) ?? [],
  );
  const [box] = boxes;
  if (box === undefined) return null;
  const [lowest, highest] = [box.min[2], box.max[2]];
  const isInside = elevation !== null && elevation >= lowest - BELOW && elevation < highest;
  return isInside ? elevation : lowest;
}
