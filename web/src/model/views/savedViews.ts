import { useLocalStorage } from "@mantine/hooks";

/** A view that the user keeps in this browser: the query of an address, with a picture. */
export interface SavedView {
  id: string;
  name: string;
  /** ISO 8601. */
  created: string;
  query: string;
  /** A data URL; null without 3D. */
  picture: string | null;
}

/** A picture has about 12 kB, and browsers keep 5 MB per site. */
const MOST_VIEWS = 100;

/** Return the saved views of a model, the newest first. */
export function useSavedViews(sha256: string) {
  const [views, setViews] = useLocalStorage<SavedView[]>({
    key: `ifcjob.views.${sha256}`,
    defaultValue: [],
    getInitialValueInEffect: false,
    deserialize: readViews,
  });
  return {
    views,
    add: (added: readonly Omit<SavedView, "id">[]) =>
      setViews((before) => [...added.map(numbered), ...before].slice(0, MOST_VIEWS)),
    remove: (id: string) => setViews((before) => before.filter((view) => view.id !== id)),
  };
}

function numbered(view: Omit<SavedView, "id">): SavedView {
  return { ...view, id: [...crypto.getRandomValues(new Uint32Array(2))].join("-") };
}

/** Read what an earlier version, or another program, has left in the browser. */
export function readViews(text: string | undefined): SavedView[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list.filter(isView) : [];
  } catch {
    return [];
  }
}

function isView(value: unknown): value is SavedView {
  const { id, name, created, query, picture } = (value ?? {}) as Record<string, unknown>;
  const isPicture = picture === null || (typeof picture === "string" && picture.startsWith("data:image/"));
  return isPicture && [id, name, created, query].every((text) => typeof text === "string");
}
