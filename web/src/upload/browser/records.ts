import type { Records, UploadRecord } from "../uploader/types";

const STORE = "uploads";

/** Records in IndexedDB; where that is forbidden, uploads work but do not survive a reload. */
export const records: Records = {
  all: () => withStore("readonly", (store) => store.getAll() as IDBRequest<UploadRecord[]>, []),
  put: async (record) => {
    await withStore("readwrite", (store) => store.put(record), undefined);
  },
  remove: async (id) => {
    await withStore("readwrite", (store) => store.delete(id), undefined);
  },
};

let opened: Promise<IDBDatabase> | null = null;

async function withStore<T, F>(
  mode: IDBTransactionMode,
  use: (store: IDBObjectStore) => IDBRequest<T>,
  fallback: F,
): Promise<T | F> {
  try {
    opened ??= open();
    const database = await opened;
    return await answer(use(database.transaction(STORE, mode).objectStore(STORE)));
  } catch {
    return fallback;
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open("ifcjob", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
  return answer(request);
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
