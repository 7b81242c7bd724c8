import type { components } from "./schema";

type ProblemDetails = components["schemas"]["ProblemDetails"];

/** A request that failed: what the API says (RFC 9457), or `Network` when it cannot be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly retryable: boolean,
    readonly errors: readonly { pointer: string; detail: string }[] = [],
  ) {
    super(`${title}: ${detail}`);
  }

  /** Read the problem of an answer; a proxy between may have answered with something else. */
  static async of(response: Response): Promise<ApiError> {
    const retryable = response.status === 429 || response.status >= 500;
    try {
      const problem = (await response.json()) as ProblemDetails;
      if (typeof problem.code !== "string") throw new TypeError("no problem document");
      const { code, title, detail, errors } = problem;
      return new ApiError(response.status, code, title, detail ?? "", problem.retryable ?? retryable, errors ?? []);
    } catch {
      const title = `HTTP ${response.status}`;
      return new ApiError(response.status, "Unreadable", title, response.statusText, retryable);
    }
  }

  /** Wrap what `fetch` throws when there is no answer. */
  static ofNetwork(error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    return new ApiError(0, "Network", "Network", detailOf(error), true);
  }
}

/** Return the most precise text that an error has. */
export function detailOf(error: unknown): string {
  if (error instanceof ApiError) return error.detail || error.title;
  return error instanceof Error ? error.message : String(error);
}

/** Return whether the same request may succeed later. */
export function isRetryable(error: unknown): boolean {
  return error instanceof ApiError && error.retryable;
}
