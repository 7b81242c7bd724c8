import type { Affected, Report } from "../../../api/manifest";
import { append } from "../../../lib/append";

/** Elements with the same reason, or the elements of a finding. */
export interface ReportGroup {
  key: string;
  kind: "skipped" | "doubtful" | "error" | "warning" | "info";
  /** The stable name of a reason or finding. */
  code: string;
  /** What a finding says. */
  message: string | null;
  globalIds: string[];
}

const SEVERITIES = ["error", "warning", "info"] as const;

/** Return what a report says about elements, the worst first. */
export function reportGroups({ skipped, doubtful, findings }: Report): ReportGroup[] {
  return [
    ...byReason("skipped", skipped),
    ...byReason("doubtful", doubtful),
    ...SEVERITIES.flatMap((severity) =>
      findings
        .filter((finding) => (finding.severity ?? "warning") === severity)
        .map((finding, place) => ({
          key: `${severity} ${finding.code} ${place}`,
          kind: severity,
          code: finding.code,
          message: finding.message,
          globalIds: finding.globalIds ?? [],
        })),
    ),
  ];
}

/** An element with several reasons is below each. */
function byReason(kind: "skipped" | "doubtful", doubts: readonly Affected[]): ReportGroup[] {
  const groups = new Map<string, string[]>();
  for (const { reason, globalId } of doubts)
    for (const part of reason.split(";")) append(groups, part.trim(), globalId);
  return [...groups].map(([code, globalIds]) => ({ key: `${kind} ${code}`, kind, code, message: null, globalIds }));
}

const REASONS = [
  ...(["NoGeometry", "ConsumedByOpenings", "DeadlineExceeded", "EngineCrashed", "Unreadable", "OpenSurface"] as const),
  ...(["NotSubtracted", "VolumeOutOfRange", "ColourUnknown", "SweepZeroToOne", "SweepBeyondEnd"] as const),
  ...(["AnglesInDegrees", "SlopedFlange", "FilletTooLarge", "MissingItem", "MissingReference"] as const),
  ...(["UnprovedEngine", "SinglePrecision"] as const),
];

/** Return the name of the sentence about a reason, which may be followed by details; null without one. */
export function reasonWords(code: string): (typeof REASONS)[number] | null {
  return REASONS.find((reason) => code.startsWith(reason)) ?? null;
}
