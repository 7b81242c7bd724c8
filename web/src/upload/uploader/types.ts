import type { Schema } from "../../api/client";

export type Upload = Schema["Upload"];
export type UploadPart = Schema["UploadPart"];
export type AlreadyProcessed = Schema["AlreadyProcessed"];
/** The fields of a job's request that the user chooses; the uploader adds the source. */
export type JobSettings = Partial<Omit<Schema["JobRequest"], "source" | "name" | "fileName">>;

/** A file that the user gave, with its folder, and the browser's handle that survives a reload. */
export interface PickedFile {
  file: File;
  path: string;
  handle?: FileSystemFileHandle;
}

/**
 * The life of one file. `interrupted`: the page was loaded again, and the file is needed to continue. `offline`: the
 * server cannot be reached, the transfer continues by itself. `known`: the same content was processed before.
 */
export type Stage =
  | "refused"
  | "waiting"
  | "hashing"
  | "sending"
  | "offline"
  | "completing"
  | "submitted"
  | "known"
  | "interrupted"
  | "failed"
  | "cancelled";

/** The stages that closing the page would interrupt. */
export const ACTIVE: readonly Stage[] = ["waiting", "hashing", "sending", "offline", "completing"];

/** A reason that has a text in the language of the user, or what the API says. */
export type Reason =
  | { kind: "text"; key: ReasonKey; values?: Record<string, string | number> }
  | { kind: "problem"; detail: string };

export const REASONS = [
  "empty",
  "tooLarge",
  "suffix",
  "truncated",
  "notStep",
  "changed",
  "differentFile",
  "network",
  "format.image",
  "format.ifcxml",
  "format.ifcx",
  "format.ifcjson",
  "format.xml",
  "format.json",
  "format.rvt",
  "format.dwg",
  "format.dxf",
  "format.glb",
  "format.pdf",
  "format.archive",
  "format.sqlite",
  "format.hdf",
  "format.mesh",
  "format.fbx",
  "format.skp",
  "format.rhino",
  "format.pointCloud",
  "format.html",
  "format.lfs",
  "format.zeros",
  "format.navisworks",
  "format.archicad",
  "format.cad",
  "format.viewer",
] as const;
export type ReasonKey = (typeof REASONS)[number];

/** One file as the page shows it. Immutable: a change makes a new object. */
export interface UploadItem {
  id: string;
  namespace: string;
  name: string;
  path: string;
  size: number;
  stage: Stage;
  /** Bytes that are sent, or hashed while the stage is `hashing`. */
  done: number;
  reason?: Reason;
  /** The job, once it is created. */
  job?: string;
  known?: AlreadyProcessed;
}

/** What survives a reload of the page. */
export interface UploadRecord {
  id: string;
  namespace: string;
  upload: string;
  name: string;
  path: string;
  size: number;
  lastModified: number;
  settings: JobSettings;
  expiresAt: string;
  /** The tab that sends it, and when it was last alive: another tab leaves a live upload alone. */
  tab: string;
  seen: number;
  handle?: FileSystemFileHandle;
}

/** Keeps the records of unfinished uploads. */
export interface Records {
  all(): Promise<UploadRecord[]>;
  put(record: UploadRecord): Promise<void>;
  remove(id: string): Promise<void>;
}
