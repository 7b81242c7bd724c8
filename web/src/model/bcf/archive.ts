import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { type HeaderFile, type Topic, UnreadableBcf } from "./types";
import { readViewpoint, writeViewpoint } from "./viewpoint";
import { all, node, readXml, textOf, writeXml, type XmlNode } from "./xml";

/** More than a BIM coordinator exchanges, and less than a browser's memory. */
const MOST_BYTES = 50 * 2 ** 20;
const MOST_UNPACKED = 200 * 2 ** 20;
const MOST_FILES = 5000;
const MOST_XML = 10 * 2 ** 20;
const WANTED = /^[^/\\]+[/\\][^/\\]+\.(bcf|bcfv|png|jpe?g)$/i;

/** Write topics as a BCF 2.1 archive. */
export function writeBcf(topics: readonly Topic[], files: readonly HeaderFile[]): Uint8Array<ArrayBuffer> {
  const version = node("Version", [node("DetailedVersion", "2.1")], { VersionId: "2.1" });
  const entries: Record<string, Uint8Array> = { "bcf.version": strToU8(writeXml(version)) };
  for (const topic of topics) {
    const [guid, viewpoint] = [uuid(), uuid()];
    const snapshot = topic.snapshot === null ? null : `snapshot.${topic.snapshot.type}`;
    entries[`${guid}/markup.bcf`] = strToU8(writeXml(markup(topic, files, guid, viewpoint, snapshot)));
    entries[`${guid}/viewpoint.bcfv`] = strToU8(writeViewpoint(topic.viewpoint, viewpoint));
    if (topic.snapshot !== null) entries[`${guid}/${snapshot}`] = topic.snapshot.bytes;
  }
  return zipSync(entries, { level: 6 });
}

function markup(
  topic: Topic,
  files: readonly HeaderFile[],
  guid: string,
  viewpoint: string,
  snapshot: string | null,
): XmlNode {
  const headers = files.map(({ name, project }) =>
    node("File", [node("Filename", name)], { ...(project !== null && { IfcProject: project }), isExternal: "true" }),
  );
  return node("Markup", [
    node("Header", headers),
    node(
      "Topic",
      [node("Title", topic.title), node("CreationDate", topic.date), node("CreationAuthor", topic.author)],
      { Guid: guid, TopicStatus: "Open" },
    ),
    node(
      "Viewpoints",
      [node("Viewpoint", "viewpoint.bcfv"), ...(snapshot === null ? [] : [node("Snapshot", snapshot)])],
      { Guid: viewpoint },
    ),
  ]);
}

/** Read the topics of a BCF archive of version 2.0 to 3.0: one for each viewpoint. */
export function readBcf(bytes: Uint8Array): Topic[] {
  if (bytes.length > MOST_BYTES) throw new UnreadableBcf("the archive is too large");
  const entries = unpacked(bytes);
  const markups = Object.keys(entries).filter((name) => /(^|\/)markup\.bcf$/i.test(name));
  if (markups.length === 0) throw new UnreadableBcf("the archive has no topics");
  return markups.sort().flatMap((name) => topicsOf(entries, name));
}

function unpacked(bytes: Uint8Array): Record<string, Uint8Array> {
  let [files, size] = [0, 0];
  try {
    const entries = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        files += 1;
        if (files > MOST_FILES) throw new UnreadableBcf("the archive has too many files");
        if (!WANTED.test(name)) return false;
        size += originalSize;
        if (size > MOST_UNPACKED) throw new UnreadableBcf("the archive is too large when unpacked");
        return true;
      },
    });
    return Object.fromEntries(Object.entries(entries).map(([name, content]) => [name.replaceAll("\\", "/"), content]));
  } catch (error) {
    throw error instanceof UnreadableBcf ? error : new UnreadableBcf("the file is not a BCF archive");
  }
}

function topicsOf(entries: Record<string, Uint8Array>, name: string): Topic[] {
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  const root = readXml(textIn(entries, name));
  const title = textOf(root, "Title") ?? "";
  const about = { author: textOf(root, "CreationAuthor") ?? "", date: textOf(root, "CreationDate") ?? "" };
  // Version 2 has the names in Viewpoints, version 3 in ViewPoint; both name the file in Viewpoint.
  const named = all(root, "Viewpoint").filter((element) => element.children.length === 0);
  return named.flatMap((element): Topic[] => {
    const file = `${folder}${element.textContent?.trim()}`;
    if (!(file in entries)) return [];
    const snapshot = textOf(element.parentElement, "Snapshot");
    return [
      {
        title,
        ...about,
        viewpoint: readViewpoint(textIn(entries, file)),
        snapshot: snapshot === null ? null : picture(entries[folder + snapshot], snapshot),
      },
    ];
  });
}

function picture(bytes: Uint8Array | undefined, name: string): Topic["snapshot"] {
  if (bytes === undefined) return null;
  return { bytes, type: name.toLowerCase().endsWith(".png") ? "png" : "jpg" };
}

function textIn(entries: Record<string, Uint8Array>, name: string): string {
  const bytes = entries[name];
  if (bytes === undefined || bytes.length > MOST_XML) throw new UnreadableBcf(`${name} is too large`);
  return strFromU8(bytes).replace(/^\ufeff/, "");
}

/** Not randomUUID: pages without TLS lack it. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 15) | 64;
  bytes[8] = ((bytes[8] ?? 0) & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
