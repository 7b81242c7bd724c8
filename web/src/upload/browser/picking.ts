import type { PickedFile } from "../uploader/types";

/** Files that systems leave in folders, and nobody means to upload. */
const LITTER = /^(\.|~\$|Thumbs\.db$|desktop\.ini$)/i;

/** Return the files of a drop, with those in dropped folders. Call it in the event: its data is gone afterwards. */
export function droppedFiles(data: DataTransfer): Promise<PickedFile[]> {
  const items = [...data.items].filter(({ kind }) => kind === "file");
  const picked = items.map((item) => {
    const handle = item.getAsFileSystemHandle?.().catch(() => null);
    return read(item.webkitGetAsEntry?.() ?? null, item.getAsFile(), handle);
  });
  return Promise.all(picked).then((lists) => lists.flat());
}

async function read(
  entry: FileSystemEntry | null,
  file: File | null,
  handle: Promise<FileSystemHandle | null> | undefined,
): Promise<PickedFile[]> {
  if (entry?.isDirectory) return filesIn(entry as FileSystemDirectoryEntry);
  if (file === null) return [];
  const kept = await handle;
  return [{ file, path: "", ...(kept?.kind === "file" && { handle: kept as FileSystemFileHandle }) }];
}

async function filesIn(folder: FileSystemDirectoryEntry): Promise<PickedFile[]> {
  const entries = (await entriesOf(folder)).filter(({ name }) => !LITTER.test(name));
  const lists = await Promise.all(
    entries.map(async (entry) => {
      if (entry.isDirectory) return filesIn(entry as FileSystemDirectoryEntry);
      const file = await fileOf(entry as FileSystemFileEntry);
      return file === null ? [] : [{ file, path: folder.fullPath.replace(/^\//, "") }];
    }),
  );
  return lists.flat();
}

/** Read all entries of a folder: browsers return at most a hundred at once. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) return entries;
    entries.push(...some);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File | null> {
  return new Promise((resolve) => entry.file(resolve, () => resolve(null)));
}

/** Return the files of an input; those of a folder have its path. */
export function chosenFiles(list: FileList | null): PickedFile[] {
  return [...(list ?? [])]
    .filter(({ name }) => !LITTER.test(name))
    .map((file) => ({ file, path: file.webkitRelativePath.split("/").slice(0, -1).join("/") }));
}

/**
 * Let the user choose files with handles, which survive a reload. Return null where the browser has no handles: use an
 * input instead.
 */
export async function pickWithHandles(multiple: boolean): Promise<PickedFile[] | null> {
  if (window.showOpenFilePicker === undefined) return null;
  try {
    const handles = await window.showOpenFilePicker({ multiple });
    return await Promise.all(handles.map(async (handle) => ({ file: await handle.getFile(), path: "", handle })));
  } catch (error) {
    // Any other failure, such as a policy of the browser's administrator, leaves the input as the way.
    return error instanceof DOMException && error.name === "AbortError" ? [] : null;
  }
}
