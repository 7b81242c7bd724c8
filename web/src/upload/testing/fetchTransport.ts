import { ApiError } from "../../api/problem";
import type { Transport } from "../uploader/transport";

/** The requests of an upload with `fetch`, for tests without a browser. */
export function fetchTransport(server: string): Transport {
  const uploads = (namespace: string, rest = "") => `/api/v1/namespaces/${namespace}/uploads${rest}`;
  const request = async (method: string, path: string, signal: AbortSignal | null, body?: unknown, headers = {}) => {
    const url = path.startsWith("/") ? server + path : path;
    const content = body instanceof Blob ? body : body === undefined ? null : JSON.stringify(body);
    let response: Response;
    try {
      response = await fetch(url, { method, body: content, headers, signal });
    } catch (error) {
      throw ApiError.ofNetwork(error);
    }
    if (!response.ok) throw await ApiError.of(response);
    return response.status === 204 ? undefined : response.json();
  };
  return {
    create: (namespace, fileName, size, sha256, signal) =>
      request("POST", uploads(namespace), signal, { fileName, size, sha256 }),
    get: (namespace, upload, signal) => request("GET", uploads(namespace, `/${upload}`), signal),
    sign: (namespace, upload, numbers, signal) =>
      request("POST", uploads(namespace, `/${upload}/parts`), signal, { numbers }),
    send: async ({ url, size }, content, onProgress, signal) => {
      onProgress(size / 2);
      await request("PUT", url, signal, content);
    },
    complete: (namespace, upload, signal) => request("POST", uploads(namespace, `/${upload}/complete`), signal, {}),
    remove: (namespace, upload) => request("DELETE", uploads(namespace, `/${upload}`), null),
    submit: async (namespace, upload, settings, signal) => {
      const path = `/api/v1/namespaces/${namespace}/jobs`;
      const body = { ...settings, source: { upload } };
      return (await request("POST", path, signal, body, { "Idempotency-Key": upload })).metadata.name;
    },
  };
}
