import type { Records, UploadRecord } from "./types";

const HEARTBEAT = 5_000;

/** Writes down what a reload must not lose. Records of this tab are renewed, so that other tabs leave them alone. */
export class Journal {
  private readonly own = new Map<string, UploadRecord>();
  private heart: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly records: Records,
    readonly tab: string,
  ) {}

  /** Return the uploads that nobody sends any more, and delete the records of expired ones. */
  async interrupted(): Promise<UploadRecord[]> {
    const all = await this.records.all();
    const now = Date.now();
    const expired = all.filter(({ expiresAt }) => Date.parse(expiresAt) < now);
    for (const { id } of expired) await this.records.remove(id);
    return all.filter(
      (record) => !expired.includes(record) && (record.tab === this.tab || now - record.seen > 3 * HEARTBEAT),
    );
  }

  /** Keep a record until it is removed. */
  async put(record: UploadRecord): Promise<void> {
    this.own.set(record.id, record);
    this.heart ??= setInterval(() => this.renew(), HEARTBEAT);
    await this.records.put(record);
  }

  /** Forget an upload. */
  async remove(id: string): Promise<void> {
    this.own.delete(id);
    if (this.own.size === 0 && this.heart !== null) {
      clearInterval(this.heart);
      this.heart = null;
    }
    await this.records.remove(id);
  }

  private renew(): void {
    for (const record of this.own.values()) {
      record.seen = Date.now();
      void this.records.put(record);
    }
  }
}

/** Return whether a file is that of a record, as far as a browser shows. */
export function isSame(file: File, record: UploadRecord): boolean {
  return file.name === record.name && file.size === record.size && file.lastModified === record.lastModified;
}
