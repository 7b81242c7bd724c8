import { ApiError } from "../../api/problem";
import { isNetworkError, type Retrier } from "./Retrier";
import type { Transport } from "./transport";
import type { Upload, UploadPart } from "./types";
import type { Slots } from "./waiting";

const PARTS_AT_ONCE = 4;
const MOST_URLS = 100;
const MOST_SIGNATURES = 3;
/** URLs that expire sooner than this are signed again before use. */
const MARGIN = 60_000;

/** The file has changed, moved or is gone since the user chose it. */
export class FileChanged extends Error {}

/** What a transfer needs. */
export interface TransferOptions {
  transport: Transport;
  retrier: Retrier;
  /** Limits the parts of all files together. */
  slots: Slots;
  onProgress(done: number): void;
  signal: AbortSignal;
}

/** Sends the parts of one file that the server lacks, several at once. */
export class Transfer {
  private readonly parts = new Map<number, UploadPart>();
  private urlsExpireAt = 0;
  private signing: Promise<void> | null = null;
  private readonly stored = new Set<number>();
  private readonly sent = new Map<number, number>();

  constructor(
    private readonly upload: Upload,
    private readonly file: Blob,
    private readonly options: TransferOptions,
  ) {
    this.keep(upload.parts ?? [], upload.urlsExpireAt);
    for (const number of upload.uploaded ?? []) this.stored.add(number);
  }

  /** Send everything that is missing; throw when that is impossible. */
  async run(): Promise<void> {
    const missing = this.missing();
    const stop = new AbortController();
    const signal = AbortSignal.any([this.options.signal, stop.signal]);
    const worker = async () => {
      for (let number = missing.shift(); number !== undefined; number = missing.shift()) {
        await this.sendPart(number, signal);
      }
    };
    try {
      await Promise.all(Array.from({ length: PARTS_AT_ONCE }, worker));
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  }

  private missing(): number[] {
    const numbers = Array.from({ length: this.upload.partCount }, (_, index) => index + 1);
    return numbers.filter((number) => !this.stored.has(number));
  }

  private async sendPart(number: number, signal: AbortSignal): Promise<void> {
    const { retrier, slots, transport } = this.options;
    for (let failures = 0, signatures = 0; !this.stored.has(number); ) {
      const part = await this.signed(number, signal);
      const content = this.file.slice(part.offset, part.offset + part.size);
      try {
        await slots.run(() => transport.send(part, content, (bytes) => this.progress(number, bytes), signal), signal);
        this.stored.add(number);
        retrier.reached();
      } catch (error) {
        this.progress(number, 0);
        if (signal.aborted) throw signal.reason;
        await this.checkFile(part.offset);
        if (isExpired(error, part) && signatures < MOST_SIGNATURES) {
          signatures += 1;
          this.parts.delete(number);
          continue;
        }
        if (!retrier.mayRepeat(error, failures)) throw error;
        await retrier.pause(error, failures, signal);
        failures += 1;
        // The part may have arrived although the answer has not; and the upload may have ended elsewhere.
        if (isNetworkError(error)) await this.synchronize(signal);
      }
      this.progress(number, null);
    }
  }

  /** Ask the server which parts it has. */
  private async synchronize(signal: AbortSignal): Promise<void> {
    const { namespace, id } = this.upload;
    const state = await this.options.retrier.run(() => this.options.transport.get(namespace, id, signal), signal);
    const isOver = state.state !== "Open";
    for (const number of isOver ? this.missing() : (state.uploaded ?? [])) this.stored.add(number);
  }

  private async signed(number: number, signal: AbortSignal): Promise<UploadPart> {
    if (this.urlsExpireAt - MARGIN < Date.now()) this.parts.clear();
    let part = this.parts.get(number);
    while (part === undefined) {
      this.signing ??= this.sign(number, signal).finally(() => {
        this.signing = null;
      });
      await this.signing;
      part = this.parts.get(number);
    }
    return part;
  }

  private async sign(number: number, signal: AbortSignal): Promise<void> {
    const numbers = this.missing()
      .filter((missing) => missing >= number && !this.parts.has(missing))
      .slice(0, MOST_URLS);
    const { namespace, id } = this.upload;
    const { transport, retrier } = this.options;
    const { parts, urlsExpireAt } = await retrier.run(() => transport.sign(namespace, id, numbers, signal), signal);
    this.keep(parts, urlsExpireAt);
  }

  private keep(parts: readonly UploadPart[], urlsExpireAt: string | null | undefined): void {
    for (const part of parts) this.parts.set(part.number, part);
    if (urlsExpireAt) this.urlsExpireAt = Math.max(Date.parse(urlsExpireAt), Date.now() + 2 * MARGIN);
  }

  private async checkFile(offset: number): Promise<void> {
    try {
      await this.file.slice(offset, offset + 1).arrayBuffer();
    } catch {
      throw new FileChanged();
    }
  }

  private progress(number: number, bytes: number | null): void {
    if (bytes === null) this.sent.delete(number);
    else this.sent.set(number, bytes);
    this.report();
  }

  /** The bytes that the server has, and those on their way. */
  get done(): number {
    let done = 0;
    for (const number of this.stored) done += this.bytesOf(number);
    for (const [number, bytes] of this.sent) if (!this.stored.has(number)) done += bytes;
    return done;
  }

  private report(): void {
    this.options.onProgress(this.done);
  }

  private bytesOf(number: number): number {
    const { partSize, size } = this.upload;
    return Math.min(partSize, size - (number - 1) * partSize);
  }
}

/** Return whether the object store has refused a URL, as it does when the URL has expired. */
function isExpired(error: unknown, part: UploadPart): boolean {
  const isStores = !part.url.startsWith("/");
  return isStores && error instanceof ApiError && [400, 401, 403].includes(error.status);
}
