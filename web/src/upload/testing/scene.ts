import { createHash } from "node:crypto";
import type { Dependencies } from "../uploader/FileRun";
import type { Records, Stage, UploadItem, UploadRecord } from "../uploader/types";
import { type Destination, Uploader } from "../uploader/Uploader";
import { sleep } from "../uploader/waiting";
import type { FakeUploadApi } from "./FakeUploadApi";
import { fetchTransport } from "./fetchTransport";

export const DESTINATION: Destination = { namespace: "bim", settings: { priority: 5 }, maxBytes: 1_000_000 };

/** Records in memory, copied as IndexedDB copies them. */
export class FakeRecords implements Records {
  readonly kept = new Map<string, UploadRecord>();
  all = async () => [...this.kept.values()].map((record) => structuredClone(record));
  put = async (record: UploadRecord) => void this.kept.set(record.id, structuredClone(record));
  remove = async (id: string) => void this.kept.delete(id);
}

/** Return an IFC file of this many bytes. */
export function ifcFile(size: number, name = "house.ifc", lastModified = 1_000): File {
  const [head, end] = ["ISO-10303-21;\nHEADER;\n", "\nENDSEC;\nEND-ISO-10303-21;\n"];
  const content = head + "x".repeat(Math.max(0, size - head.length - end.length)) + end;
  return new File([content], name, { lastModified });
}

/** Return an uploader of a tab; the network comes back without a wait. */
export function uploaderOf(api: FakeUploadApi, records: Records, changes: Partial<Dependencies> = {}): Uploader {
  return new Uploader({
    transport: fetchTransport(api.url),
    records,
    around: { online: (_, signal) => sleep(5, signal), signedIn: async () => undefined },
    hash: async (file) =>
      createHash("sha256")
        .update(Buffer.from(await file.arrayBuffer()))
        .digest("hex"),
    tab: "tab",
    ...changes,
  });
}

/** Wait until the only file is in a stage. */
export async function stageOf(uploader: Uploader, ...stages: Stage[]): Promise<UploadItem> {
  for (let turn = 0; turn < 1000; turn += 1) {
    const item = uploader.get()[0];
    if (item !== undefined && stages.includes(item.stage)) return item;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`the stage is ${uploader.get()[0]?.stage}, not ${stages}`);
}
