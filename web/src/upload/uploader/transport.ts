import { api, body, type Schema } from "../../api/client";
import { ApiError } from "../../api/problem";
import { needSignIn } from "../../api/signIn";
import { authorization } from "../../api/token";
import type { JobSettings, Upload, UploadPart } from "./types";

type SignedParts = Schema["SignedParts"];

/** The requests of an upload. Failures are thrown as ApiError. */
export interface Transport {
  create(namespace: string, name: string, size: number, sha256: string | null, signal: AbortSignal): Promise<Upload>;
  get(namespace: string, upload: string, signal: AbortSignal): Promise<Upload>;
  sign(namespace: string, upload: string, numbers: number[], signal: AbortSignal): Promise<SignedParts>;
  send(part: UploadPart, content: Blob, onProgress: (bytes: number) => void, signal: AbortSignal): Promise<void>;
  complete(namespace: string, upload: string, signal: AbortSignal): Promise<Upload>;
  remove(namespace: string, upload: string): Promise<void>;
  /** Create the job of a complete upload; a repeated request returns the same job. */
  submit(namespace: string, upload: string, settings: JobSettings, signal: AbortSignal): Promise<string>;
}

const ROOT = "/api/v1/namespaces/{namespace}/uploads";
const UPLOAD = `${ROOT}/{upload}` as const;

/** The API of this origin, and the object store where the API signs URLs of it. */
export const http: Transport = {
  create: (namespace, fileName, size, sha256, signal) =>
    body(api.POST(ROOT, { params: { path: { namespace } }, body: { fileName, size, sha256 }, signal })),
  get: (namespace, upload, signal) => body(api.GET(UPLOAD, { params: { path: { namespace, upload } }, signal })),
  sign: (namespace, upload, numbers, signal) =>
    body(api.POST(`${UPLOAD}/parts`, { params: { path: { namespace, upload } }, body: { numbers }, signal })),
  send: sendWithProgress,
  complete: (namespace, upload, signal) =>
    body(api.POST(`${UPLOAD}/complete`, { params: { path: { namespace, upload } }, signal })),
  remove: async (namespace, upload) => {
    await api.DELETE(UPLOAD, { params: { path: { namespace, upload } } });
  },
  submit: async (namespace, upload, settings, signal) => {
    const path = "/api/v1/namespaces/{namespace}/jobs";
    const params = { path: { namespace }, header: { "Idempotency-Key": upload } };
    const job = await body(api.POST(path, { params, body: { ...settings, source: { upload } } as never, signal }));
    return (job as Schema["IfcJob"]).metadata.name ?? "";
  },
};

/** Send one part. Not `fetch`: only XMLHttpRequest reports how much of a body is sent. */
function sendWithProgress(
  part: UploadPart,
  content: Blob,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const fail = (error: unknown) => {
      signal.removeEventListener("abort", stop);
      reject(error);
    };
    request.open("PUT", part.url);
    // An absolute URL is the object store's, which is no recipient of the API's token.
    const isOwn = part.url.startsWith("/");
    if (isOwn) {
      for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded }) => onProgress(Math.min(loaded, part.size));
    request.onerror = () => fail(ApiError.ofNetwork(new Error("the connection was lost")));
    request.onabort = () => fail(signal.reason);
    request.onload = () => {
      signal.removeEventListener("abort", stop);
      if (isOwn && request.status === 401) needSignIn();
      if (request.status >= 200 && request.status < 300) resolve();
      else void ApiError.of(new Response(request.responseText, { status: request.status })).then(reject);
    };
    signal.addEventListener("abort", stop, { once: true });
    request.send(content);
  });
}
