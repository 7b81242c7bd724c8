import { fetchApi } from "../../api/client";
import { saveBlob } from "../../lib/saveBlob";

/** Save what an address of the API answers as a file; unlike a link, it can send a token. */
export async function saveFile(path: string, name: string): Promise<void> {
  const response = await fetchApi(path);
  saveBlob(await response.blob(), name);
}
