import type { Vec3 } from "../../viewer/types";
import { readBcf, writeBcf } from "../bcf/archive";
import { fromViewpoint, toViewpoint } from "../bcf/convert";
import type { HeaderFile, Topic } from "../bcf/types";
import { legendFor } from "../colours/useLegend";
import type { Federation } from "../data/Federation";
import { findMatches } from "../data/useMatches";
import { readAddress, writeAddress } from "../state/address";
import { visibilityOf } from "../state/visibility";
import { bytesOf, pictureOf } from "./pictures";
import type { SavedView } from "./savedViews";

/** Return views as a BCF 2.1 archive. */
export async function exportViews(
  federation: Federation,
  views: readonly Omit<SavedView, "id">[],
  author: string,
): Promise<Blob> {
  const topics: Topic[] = [];
  for (const view of views) {
    const { state, camera } = readAddress(federation, view.query);
    const [matches, legend] = await Promise.all([
      findMatches(federation, state.filter),
      legendFor(federation, state.colourBy),
    ]);
    const visibility = visibilityOf(state, matches, federation.withParts(state.selected, state.alone));
    topics.push({
      title: view.name,
      author,
      date: view.created,
      viewpoint: toViewpoint(federation, { state, camera, visibility, legend }),
      snapshot: view.picture === null ? null : snapshotOf(view.picture),
    });
  }
  const files = federation.models.map(
    (model): HeaderFile => ({ name: model.label, project: model.model.metadata?.project?.globalId ?? null }),
  );
  return new Blob([writeBcf(topics, files)], { type: "application/octet-stream" });
}

function snapshotOf(dataUrl: string): Topic["snapshot"] {
  return { bytes: bytesOf(dataUrl), type: dataUrl.startsWith("data:image/png") ? "png" : "jpg" };
}

/** Read the views of a BCF archive. */
export async function importViews(
  federation: Federation,
  file: File,
  distance: (position: Vec3, direction: Vec3) => number,
): Promise<Omit<SavedView, "id">[]> {
  const topics = readBcf(new Uint8Array(await file.arrayBuffer()));
  return Promise.all(
    topics.map(async (topic) => {
      const { state, camera } = fromViewpoint(federation, topic.viewpoint, distance);
      const type = topic.snapshot?.type === "png" ? "image/png" : "image/jpeg";
      const bytes = topic.snapshot?.bytes;
      return {
        name: topic.title || file.name,
        created: Number.isNaN(Date.parse(topic.date)) ? new Date().toISOString() : topic.date,
        query: writeAddress(federation, state, camera, "").query,
        picture: bytes === undefined ? null : await pictureOf(new Blob([new Uint8Array(bytes)], { type })),
      };
    }),
  );
}
