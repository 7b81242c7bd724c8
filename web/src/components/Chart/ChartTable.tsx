import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Chart.module.css";
import type { Series } from "./types";

interface Props {
  title: string;
  series: readonly Series[];
  timeOf(step: number): string;
  formatValue(value: number): string;
}

/** The numbers of a chart, for screen readers and for people who want them exactly; made when they are opened. */
export function ChartTable({ title, series, timeOf, formatValue }: Props) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const steps = series[0]?.values ?? [];
  return (
    <details className={styles.details} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t("shared.chart.asTable")}</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reached with the keyboard
        <section className={styles.numbers} tabIndex={0} aria-label={title}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("shared.chart.time")}</th>
                {series.map(({ name }) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {steps.map((_, step) => (
                <tr key={timeOf(step)}>
                  <th scope="row">{timeOf(step)}</th>
                  {series.map(({ name, values }) => (
                    <td key={name}>{format(values[step] ?? null, formatValue)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}

function format(value: number | null, formatValue: Props["formatValue"]): string {
  return value === null ? "–" : formatValue(value);
}
