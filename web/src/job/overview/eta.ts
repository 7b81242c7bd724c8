import type { Schema } from "../../api/client";

const ENOUGH_PERCENT = 3;

/** Return the seconds that a run still needs at its present speed; null while that is a guess. */
export function secondsLeft(
  { percent, updatedAt }: Pick<Schema["JobProgress"], "percent" | "updatedAt">,
  startedAt: string | null,
  now: number,
): number | null {
  if (startedAt === null || percent < ENOUGH_PERCENT || percent >= 100) return null;
  const spent = (Date.parse(updatedAt) - Date.parse(startedAt)) / 1000;
  if (spent <= 0) return null;
  const atReport = (spent * (100 - percent)) / percent;
  const left = atReport - (now - Date.parse(updatedAt)) / 1000;
  return left > 0 ? left : null; // a run that is slower than it was: nobody knows
}
