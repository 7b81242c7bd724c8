import { Badge, Box } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "../api/client";
import { Icon, type IconName } from "./Icon";

export type Phase = Schema["JobSummary"]["phase"];

/** The phases in the order of a job's life. */
export const PHASES = ["Queued", "Starting", "Running", "Suspended", "Succeeded", "Failed", "Cancelled"] as const;

export const PHASE_LOOKS: Readonly<Record<Phase, { colour: string; icon: IconName }>> = {
  Queued: { colour: "gray", icon: "clock" },
  Starting: { colour: "cyan", icon: "start" },
  Running: { colour: "blue", icon: "play" },
  Suspended: { colour: "yellow", icon: "pause" },
  Succeeded: { colour: "green", icon: "check" },
  Failed: { colour: "red", icon: "cross" },
  Cancelled: { colour: "gray", icon: "stop" },
};

/** Return whether a job in this phase has ended. */
export function isFinished(phase: Phase): boolean {
  return phase === "Succeeded" || phase === "Failed" || phase === "Cancelled";
}

/** The phase of a job: an icon and a word, so that nobody depends on colours. */
export function PhaseBadge({ phase, size = "sm" }: { phase: Phase; size?: "sm" | "lg" }) {
  const { t } = useTranslation();
  const { colour, icon } = PHASE_LOOKS[phase];
  return (
    <Badge
      variant="light"
      size={size}
      color={colour}
      c="var(--mantine-color-text)"
      leftSection={
        <Box component="span" c={`var(--mantine-color-${colour}-filled)`} display="inline-flex">
          <Icon name={icon} size={size === "lg" ? 16 : 12} />
        </Box>
      }
      tt="none"
      fw={600}
    >
      {t(`shared.phase.${phase}`)}
    </Badge>
  );
}
