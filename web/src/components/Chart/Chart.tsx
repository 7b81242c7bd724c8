import { Group, Text } from "@mantine/core";
import { type PointerEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../lib/useFormat";
import styles from "./Chart.module.css";
import { ChartTable } from "./ChartTable";
import { bars, linePath, niceMaximum } from "./paths";
import type { Series } from "./types";

const WIDTH = 300;
const HEIGHT = 72;

interface Props {
  title: string;
  series: readonly Series[];
  /** The begin of the first step, in milliseconds. */
  start: number;
  stepSeconds: number;
  /** The upper end of the axis; else a round number above the values. */
  maximum?: number;
  formatValue(value: number): string;
}

/** A small chart of values over time. The pointer reads values off; the same numbers are in a table below. */
export function Chart({ title, series, start, stepSeconds, maximum, formatValue }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [pointed, setPointed] = useState<number | null>(null);
  const steps = series[0]?.values.length ?? 0;
  const top = maximum ?? niceMaximum(series.flatMap(({ values }) => values));
  const at = pointed ?? steps - 1;
  const timeOf = (step: number) => format.time(new Date(start + (step + 1) * stepSeconds * 1000).toISOString());
  const point = (event: PointerEvent<SVGElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setPointed(Math.max(0, Math.min(steps - 1, Math.floor(((event.clientX - left) / width) * steps))));
  };
  return (
    <figure className={styles.chart} aria-label={title}>
      <figcaption>
        <Group justify="space-between" gap={4} wrap="nowrap">
          <Text size="sm" fw={600}>
            {title}
          </Text>
          <Text size="xs" c="dimmed" className="numeric">
            {pointed === null ? t("shared.chart.max", { value: formatValue(top) }) : timeOf(pointed)}
          </Text>
        </Group>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className={styles.plot}
        aria-hidden="true"
        onPointerMove={point}
        onPointerLeave={() => setPointed(null)}
      >
        <path className={styles.grid} d={`M0 ${HEIGHT}H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 0.5H${WIDTH}`} />
        {series.map((one) => (
          <Plot key={one.name} series={one} maximum={top} />
        ))}
        {pointed !== null && (
          <path className={styles.pointed} d={`M${((pointed + 0.5) / steps) * WIDTH} 0V${HEIGHT}`} />
        )}
      </svg>
      <Group gap="sm">
        {series.map((one) => (
          <Legend key={one.name} series={one} value={one.values[at] ?? null} formatValue={formatValue} />
        ))}
      </Group>
      <ChartTable title={title} series={series} timeOf={timeOf} formatValue={formatValue} />
    </figure>
  );
}

function Plot({ series, maximum }: { series: Series; maximum: number }) {
  if (series.kind === "line") {
    const path = linePath(series.values, maximum, WIDTH, HEIGHT);
    return <path className={styles.line} d={path} stroke={series.colour} />;
  }
  return bars(series.values, maximum, WIDTH, HEIGHT).map((bar) => <rect key={bar.x} {...bar} fill={series.colour} />);
}

function Legend({ series, value, formatValue }: { series: Series; value: number | null } & Pick<Props, "formatValue">) {
  return (
    <Text size="xs" component="span" className={styles.legend}>
      <span className={styles.swatch} style={{ background: series.colour }} />
      {series.name}: <b className="numeric">{value === null ? "–" : formatValue(value)}</b>
    </Text>
  );
}
