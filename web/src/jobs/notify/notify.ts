import type { Job } from "../../api/live/LiveStore";
import { keyOf, type LiveState } from "../../api/live/LiveStore";
import { isFinished } from "../../components/PhaseBadge";

const KEY = "ifcjob.notify";

/** Return whether the browser can notify: on pages with TLS or on this machine, if the user has not refused. */
export function canNotify(): boolean {
  return window.isSecureContext && "Notification" in window && Notification.permission !== "denied";
}

/** Return whether the user wants to be told. */
export function isNotifying(): boolean {
  return canNotify() && Notification.permission === "granted" && localStorage.getItem(KEY) === "on";
}

/** Ask the browser's permission and remember the wish; return whether the user will be told. */
export async function setNotifying(isOn: boolean): Promise<boolean> {
  const isAllowed = isOn && (await Notification.requestPermission()) === "granted";
  localStorage.setItem(KEY, isAllowed ? "on" : "off");
  return isAllowed;
}

/** Return the jobs of a user that have finished between two states. */
export function finishedBetween(before: LiveState["jobs"], after: LiveState["jobs"], owner: string): Job[] {
  return [...after.values()].filter((job) => {
    if (!isFinished(job.phase) || job.owner !== owner) return false;
    const former = before.get(keyOf(job));
    return former !== undefined && former.uid === job.uid && !isFinished(former.phase);
  });
}
