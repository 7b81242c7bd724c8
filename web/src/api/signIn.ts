import { useSyncExternalStore } from "react";
import { setToken } from "./token";

/** Whether a request was answered with 401, and the user must sign in before the page can continue. */
let isNeeded = false;
const listeners = new Set<() => void>();

function set(value: boolean): void {
  isNeeded = value;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Ask the user to sign in: a request was answered with 401. */
export function needSignIn(): void {
  if (!isNeeded) set(true);
}

/** Continue with a token; null continues with what a login proxy has set. */
export function signIn(token: string | null): void {
  setToken(token);
  set(false);
}

/** Return whether the user must sign in. */
export function useSignInNeeded(): boolean {
  return useSyncExternalStore(subscribe, () => isNeeded);
}

/** Resolve once the user has signed in. */
export function untilSignedIn(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!isNeeded) return resolve();
    const end = () => {
      unsubscribe();
      signal.removeEventListener("abort", end);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const unsubscribe = subscribe(() => {
      if (!isNeeded) end();
    });
    signal.addEventListener("abort", end);
  });
}
