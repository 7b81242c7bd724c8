import { ApiError, isRetryable } from "../../api/problem";
import { sleep } from "./waiting";

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
const MOST_FAILURES = 8;

/** Where the uploader learns that waiting is over. */
export interface Surroundings {
  /** Resolve when the browser is online again, or after the delay: `navigator.onLine` may be wrong. */
  online(delay: number, signal: AbortSignal): Promise<void>;
  /** Resolve when the user has signed in again. */
  signedIn(signal: AbortSignal): Promise<void>;
}

/** The browser's network. */
export function browserOnline(delay: number, signal: AbortSignal): Promise<void> {
  const early = new AbortController();
  const wake = () => early.abort();
  window.addEventListener("online", wake, { once: true });
  return sleep(delay, AbortSignal.any([signal, early.signal]))
    .catch((error: unknown) => {
      if (signal.aborted) throw error;
    })
    .finally(() => window.removeEventListener("online", wake));
}

/** Return whether a request found no server. */
export function isNetworkError(error: unknown): boolean {
  return error instanceof ApiError && error.code === "Network";
}

/** Repeats requests that failed for a reason that passes. */
export class Retrier {
  constructor(
    private readonly around: Surroundings,
    private readonly onOffline: (isOffline: boolean) => void,
  ) {}

  /** Return the answer. A lost network is waited for without end, a failing server a limited number of times. */
  async run<T>(request: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let failures = 0; ; failures += 1) {
      try {
        const answer = await request();
        this.reached();
        return answer;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!isNetworkError(error) && (!isPassing(error) || failures >= MOST_FAILURES)) throw error;
        await this.pause(error, failures, signal);
      }
    }
  }

  /** Note that the server has answered. */
  reached(): void {
    this.onOffline(false);
  }

  /** Wait as long as a failure needs. */
  async pause(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    if (isSignedOut(error)) return this.around.signedIn(signal);
    const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** failures) * (0.75 + Math.random() / 2);
    if (!isNetworkError(error)) return sleep(delay, signal);
    this.onOffline(true);
    return this.around.online(delay, signal);
  }

  /** Return whether a part that failed so often is worth another attempt. */
  mayRepeat(error: unknown, failures: number): boolean {
    return isPassing(error) && failures < MOST_FAILURES;
  }
}

function isPassing(error: unknown): boolean {
  return isRetryable(error) || isSignedOut(error);
}

function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}
