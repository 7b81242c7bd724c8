import { vi } from "vitest";

/**
 * Answers the requests of the tested code. The client takes `fetch` when it is made, so this is imported before it:
 * `const { answer } = await vi.hoisted(() => import(…))`. Without an implementation, the caller may see nothing.
 */
export const answer = vi.fn<(request: Request | string) => Promise<Response>>(
  async () => new Response(null, { status: 403 }),
);
vi.stubGlobal("fetch", answer);

export function urlOf(request: Request | string): URL {
  return new URL(typeof request === "string" ? request : request.url, "http://localhost");
}
