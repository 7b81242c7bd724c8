import { Chip, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { PHASE_LOOKS, PHASES, type Phase } from "../components/PhaseBadge";
import { useFormat } from "../lib/useFormat";
import type { JobFilter } from "./list/filter";

interface Props {
  /** Jobs per phase; null where they are not counted, and until they are. */
  counts: Partial<Record<Phase, number>> | null;
  filter: JobFilter;
  onChange(filter: JobFilter): void;
}

/** The phases with their counts; a click shows only jobs in it, and several can be chosen. */
export function PhaseChips({ counts, filter, onChange }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Chip.Group
      multiple
      value={[...filter.phases]}
      onChange={(values) => onChange({ ...filter, phases: values as Phase[] })}
    >
      <Group gap={6} role="group" aria-label={t("jobs.phases")}>
        {PHASES.map((phase) => (
          <Chip key={phase} value={phase} size="xs" variant="outline" color={PHASE_LOOKS[phase].colour}>
            {t(`shared.phase.${phase}`)}{" "}
            {counts !== null && <span className="numeric">{format.number(counts[phase] ?? 0)}</span>}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  );
}
