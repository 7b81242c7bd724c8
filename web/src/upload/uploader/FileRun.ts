import { ApiError } from "../../api/problem";
import { refusedByContent } from "./inspect";
import type { Journal } from "./Journal";
import { Retrier, type Surroundings } from "./Retrier";
import { FileChanged, Transfer } from "./Transfer";
import type { Transport } from "./transport";
import type { JobSettings, PickedFile, Records, Stage, Upload, UploadItem, UploadRecord } from "./types";
import type { Slots } from "./waiting";

/** Everything that the uploader uses of its surroundings. */
export interface Dependencies {
  transport: Transport;
  records: Records;
  around: Surroundings;
  /** Return the SHA-256 of a file, or null where it cannot be computed. */
  hash(file: Blob, onProgress: (done: number) => void, signal: AbortSignal): Promise<string | null>;
  /** The name of this tab. */
  tab: string;
}

/** One file of the list, with what the page does not show. */
export interface Work {
  item: UploadItem;
  settings: JobSettings;
  control: AbortController;
  picked?: PickedFile;
  sha256?: string | null;
  /** The id of the upload at the server, once begun. */
  upload?: string;
  record?: UploadRecord;
  /** Process the file although its content was processed before. */
  isRepeated: boolean;
}

interface RunDependencies extends Dependencies {
  parts: Slots;
  journal: Journal;
  change(fields: Partial<UploadItem>): void;
  onProgress(done: number): void;
  onOffline(): void;
}

/** One attempt to bring a file to its job: check, hash, send, complete, create the job. */
export class FileRun {
  private readonly retrier: Retrier;
  /** The stage before the network was lost. */
  private interrupted: Stage = "waiting";

  constructor(
    private readonly work: Work,
    private readonly signal: AbortSignal,
    private readonly use: RunDependencies,
  ) {
    this.retrier = new Retrier(use.around, (isOffline) => this.offline(isOffline));
  }

  /** Run it; an error says why the file cannot be processed. */
  async run(): Promise<void> {
    const { work, signal, use } = this;
    const file = work.picked?.file;
    if (file === undefined) return;
    const refusal = await refusedByContent(file, file.name).catch(() => {
      throw new FileChanged();
    });
    if (refusal !== null) return use.change({ stage: "refused", reason: refusal });
    const upload = (await this.continued()) ?? (await this.begun(file));
    if (upload === null) return;
    await this.send(upload, file);
    const { namespace, id } = work.item;
    const job = await this.retrier.run(() => use.transport.submit(namespace, upload.id, work.settings, signal), signal);
    use.change({ stage: "submitted", done: file.size, job });
    await use.journal.remove(id);
  }

  /** Return the upload of an earlier attempt, if the server still has it. */
  private async continued(): Promise<Upload | null> {
    const { work, signal } = this;
    const id = work.upload;
    if (id === undefined) return null;
    try {
      return await this.retrier.run(() => this.use.transport.get(work.item.namespace, id, signal), signal);
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 410)) return null;
      throw error;
    }
  }

  /** Begin an upload; return null when the content was processed before. */
  private async begun(file: File): Promise<Upload | null> {
    const { work, signal, use } = this;
    const { namespace, name } = work.item;
    if (work.sha256 === undefined) {
      use.change({ stage: "hashing" });
      work.sha256 = await use.hash(file, use.onProgress, signal);
    }
    const sha256 = work.sha256;
    const upload = await this.retrier.run(
      () => use.transport.create(namespace, name, file.size, sha256, signal),
      signal,
    );
    if (upload.alreadyProcessed && !work.isRepeated) {
      use.change({ stage: "known", done: 0, known: upload.alreadyProcessed });
      use.transport.remove(namespace, upload.id).catch(() => undefined);
      return null;
    }
    work.upload = upload.id;
    await this.remember(upload, file);
    return upload;
  }

  private async send(upload: Upload, file: File): Promise<void> {
    const { signal, retrier, use } = this;
    const { transport, parts, onProgress } = use;
    const { namespace, id } = upload;
    let state = upload;
    while (state.state === "Open") {
      const transfer = new Transfer(state, file, { transport, retrier, slots: parts, onProgress, signal });
      use.change({ stage: "sending", done: transfer.done });
      await transfer.run();
      use.change({ stage: "completing", done: file.size });
      try {
        state = await retrier.run(() => transport.complete(namespace, id, signal), signal);
      } catch (error) {
        // The store has lost a part, or it has another size: send what is missing.
        if (!(error instanceof ApiError) || error.code !== "UploadIncomplete") throw error;
        state = await retrier.run(() => transport.get(namespace, id, signal), signal);
      }
    }
    // The answer to another request says why the file was refused.
    if (state.state === "Rejected") await transport.complete(namespace, id, signal);
  }

  private offline(isOffline: boolean): void {
    const { stage } = this.work.item;
    if (this.signal.aborted || (stage === "offline") === isOffline) return;
    if (isOffline) {
      this.interrupted = stage;
      this.use.onOffline();
    }
    this.use.change({ stage: isOffline ? "offline" : this.interrupted });
  }

  private async remember(upload: Upload, file: File): Promise<void> {
    const { work, use } = this;
    const { id, namespace, name, path, size } = work.item;
    work.record = {
      ...{ id, namespace, name, path, size, settings: work.settings, tab: use.journal.tab, seen: Date.now() },
      ...{ upload: upload.id, expiresAt: upload.expiresAt, lastModified: file.lastModified },
      ...(work.picked?.handle && { handle: work.picked.handle }),
    };
    await use.journal.put(work.record);
  }
}
