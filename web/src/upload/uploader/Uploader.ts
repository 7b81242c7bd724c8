import { ApiError, detailOf } from "../../api/problem";
import { type Dependencies, FileRun, type Work } from "./FileRun";
import { refusedByName } from "./inspect";
import { isSame, Journal } from "./Journal";
import { Speed } from "./speed";
import { FileChanged } from "./Transfer";
import { ACTIVE, type JobSettings, type PickedFile, type Reason, type Stage, type UploadItem } from "./types";
import { Slots } from "./waiting";

const FILES_AT_ONCE = 3;
/** Browsers allow six connections to a server over HTTP/1.1; two stay free for the page. */
const PARTS_AT_ONCE = 4;
const NOTIFY_AFTER = 100;

/** What files of one drop share. */
export interface Destination {
  namespace: string;
  settings: JobSettings;
  maxBytes: number | null;
}

/** Uploads files and creates their jobs: several at once, through lost connections and reloads of the page. */
export class Uploader {
  readonly speed = new Speed();
  private readonly works = new Map<string, Work>();
  private readonly files = new Slots(FILES_AT_ONCE);
  private readonly parts = new Slots(PARTS_AT_ONCE);
  private readonly listeners = new Set<() => void>();
  private items: readonly UploadItem[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly journal: Journal;

  constructor(private readonly use: Dependencies) {
    this.journal = new Journal(use.records, use.tab);
  }

  readonly get = (): readonly UploadItem[] => this.items;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Return whether closing the page would interrupt something. */
  get isActive(): boolean {
    return [...this.works.values()].some(({ item }) => ACTIVE.includes(item.stage));
  }

  /** Take files: each is checked, sent and made a job. A file of an interrupted upload continues that one. */
  add(picked: readonly PickedFile[], destination: Destination): void {
    for (const file of picked) {
      const interrupted = this.interruptedBy(file.file);
      if (interrupted !== undefined) this.continue(interrupted, file);
      else this.begin(file, destination);
    }
  }

  private begin(picked: PickedFile, { namespace, settings, maxBytes }: Destination): void {
    const { name, size } = picked.file;
    const reason = refusedByName(name, size, maxBytes);
    const id = newId();
    const stage: Stage = reason === null ? "waiting" : "refused";
    const item: UploadItem = {
      id,
      namespace,
      name,
      path: picked.path,
      size,
      stage,
      done: 0,
      ...(reason && { reason }),
    };
    const work: Work = { item, settings, control: new AbortController(), picked, isRepeated: false };
    this.works.set(id, work);
    this.notify();
    if (reason === null) this.start(work);
  }

  /** Show the uploads that a reload has interrupted, and continue those whose files can be read again. */
  async restore(): Promise<void> {
    for (const record of await this.journal.interrupted()) {
      if (this.works.has(record.id)) continue;
      const { id, namespace, name, path, size, settings } = record;
      const item: UploadItem = { id, namespace, name, path, size, stage: "interrupted", done: 0 };
      const { upload } = record;
      const work: Work = { item, settings, control: new AbortController(), upload, record, isRepeated: true };
      this.works.set(id, work);
      if ((await record.handle?.queryPermission?.({ mode: "read" })) === "granted") await this.reopen(id);
    }
    this.notify();
  }

  /** Read the file of an interrupted upload again, and continue; return false when the user must choose it. */
  async reopen(id: string): Promise<boolean> {
    const handle = this.works.get(id)?.record?.handle;
    try {
      if ((await handle?.requestPermission?.({ mode: "read" })) !== "granted" || handle === undefined) return false;
      this.continue(id, { file: await handle.getFile(), path: this.works.get(id)?.item.path ?? "", handle });
      return true;
    } catch {
      return false;
    }
  }

  /** Continue an interrupted upload with the file that the user has chosen; a different one is refused. */
  continue(id: string, picked: PickedFile): void {
    const work = this.works.get(id);
    if (work?.record === undefined || work.item.stage !== "interrupted") return;
    if (!isSame(picked.file, work.record)) {
      this.change(work, { reason: { kind: "text", key: "differentFile", values: { name: work.item.name } } });
      return;
    }
    work.picked = picked;
    this.start(work);
  }

  /** Stop sending and delete what the server has of the file. */
  cancel(id: string): void {
    const work = this.works.get(id);
    if (work === undefined) return;
    work.control.abort(new DOMException("cancelled", "AbortError"));
    this.change(work, { stage: "cancelled" });
    this.forget(work);
  }

  /** Try again after a failure; what the server has is not sent again. */
  retry(id: string): void {
    const work = this.works.get(id);
    if (work?.picked !== undefined) this.start(work);
  }

  /** Process a file although its content was processed before. */
  repeat(id: string): void {
    const work = this.works.get(id);
    if (work === undefined) return;
    work.isRepeated = true;
    this.start(work);
  }

  /** Take rows that have ended off the list. */
  dismiss(ids: readonly string[]): void {
    for (const id of ids) {
      const work = this.works.get(id);
      if (work === undefined || ACTIVE.includes(work.item.stage)) continue;
      if (work.item.stage !== "submitted") this.forget(work);
      this.works.delete(id);
    }
    this.notify();
  }

  private start(work: Work): void {
    if (!this.isActive) this.speed.reset();
    work.control = new AbortController();
    const { reason: _, known: __, ...item } = work.item;
    work.item = { ...item, stage: "waiting", done: 0 };
    this.notify();
    const { signal } = work.control;
    this.files.run(() => this.process(work, signal), signal).catch((error: unknown) => this.fail(work, error, signal));
  }

  /** Process one file in a run of its own; a later attempt is another run. */
  private process(work: Work, signal: AbortSignal): Promise<void> {
    const { parts, journal } = this;
    const change = (fields: Partial<UploadItem>) => this.change(work, fields);
    const onProgress = (done: number) => {
      if (work.item.stage !== "hashing") this.speed.add(done - work.item.done);
      this.change(work, { done }, { isQuiet: true });
    };
    const onOffline = () => this.speed.reset();
    return new FileRun(work, signal, { ...this.use, parts, journal, change, onProgress, onOffline }).run();
  }

  private fail(work: Work, error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.change(work, { stage: "failed", reason: reasonOf(error) });
    // A file that the server has refused cannot be sent to the same upload again.
    if (error instanceof ApiError && [409, 410, 415, 422].includes(error.status)) this.forget(work);
  }

  private forget(work: Work): void {
    const { upload, item } = work;
    delete work.upload;
    delete work.record;
    void this.journal.remove(item.id);
    if (upload !== undefined) this.use.transport.remove(item.namespace, upload).catch(() => undefined);
  }

  private interruptedBy(file: File): string | undefined {
    return [...this.works.values()].find(
      ({ item, record }) => item.stage === "interrupted" && record !== undefined && isSame(file, record),
    )?.item.id;
  }

  private change(work: Work, change: Partial<UploadItem>, { isQuiet = false } = {}): void {
    if (work.item.stage === "cancelled" && work.control.signal.aborted) return;
    work.item = { ...work.item, ...change };
    if (!isQuiet) this.notify();
    else this.timer ??= setTimeout(() => this.notify(), NOTIFY_AFTER);
  }

  private notify(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.items = [...this.works.values()].map(({ item }) => item);
    for (const listener of this.listeners) listener();
  }
}

function reasonOf(error: unknown): Reason {
  if (error instanceof FileChanged) return { kind: "text", key: "changed" };
  if (error instanceof ApiError && error.code === "Network") return { kind: "text", key: "network" };
  return { kind: "problem", detail: detailOf(error) };
}

/** Return an id. Not crypto.randomUUID: plain http lacks it. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
