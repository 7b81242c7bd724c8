import type { Vec3 } from "../../viewer/types";
import { readAddress, writeAddress } from "../state/address";
import { type Page, usePage } from "../state/page";
import { useSceneStore } from "../state/SceneStore";
import { pictureOf } from "./pictures";
import type { SavedView } from "./savedViews";

/** Return what makes a view of the page, and shows one. */
export function useViews() {
  const page = usePage();
  const store = useSceneStore();
  const query = (before: string) =>
    writeAddress(page.federation, store.get(), page.scene?.viewer.camera ?? null, before);
  return {
    /** The address of what the page shows. */
    link: () => {
      const { query: text, isComplete } = query(window.location.search);
      return { url: `${window.location.origin}${window.location.pathname}?${text}`, isComplete };
    },
    current: async (name: string, isLarge = false): Promise<Omit<SavedView, "id">> => ({
      name,
      created: new Date().toISOString(),
      query: query("").query,
      picture: await screenshot(page, isLarge),
    }),
    show: (text: string) => {
      const { state, camera } = readAddress(page.federation, text);
      store.dispatch({ do: "restore", state });
      if (camera !== null && page.scene !== null) page.scene.viewer.camera = camera;
    },
    distance: (position: Vec3, direction: Vec3) => distanceTo(page, position, direction),
  };
}

async function screenshot({ scene }: Page, isLarge: boolean): Promise<string | null> {
  if (scene === null) return null;
  const blob = await scene.viewer.screenshot();
  if (!isLarge) return pictureOf(blob);
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** Return how far the middle of the models is in a direction; at least a metre. */
function distanceTo({ scene }: Page, position: Vec3, direction: Vec3): number {
  const boxes = [...(scene?.models.values() ?? [])].flatMap(
    ({ loaded }) => loaded.boxOf(loaded.globalIds.keys()) ?? [],
  );
  const middle = [0, 1, 2].map((axis) => {
    const low = boxes.map((box) => box.min[axis] ?? 0);
    const high = boxes.map((box) => box.max[axis] ?? 0);
    return boxes.length === 0 ? 0 : (Math.min(...low) + Math.max(...high)) / 2;
  });
  const along = middle.reduce((sum, value, axis) => sum + (value - (position[axis] ?? 0)) * (direction[axis] ?? 0), 0);
  return Math.max(along, 1);
}
