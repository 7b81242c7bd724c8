import { VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { textOf } from "../tools/measures";
import type { Measurement } from "../types";

/** Reads measurements out, because the picture shows them only to the eye. */
export function Measurements({ results }: { results: Measurement[] }) {
  const { t, i18n } = useTranslation();
  return (
    <VisuallyHidden component="ul" aria-live="polite" aria-label={t("viewer.measurements")}>
      {results.map(({ id, tool, value }) => (
        <li key={id}>
          {t(`viewer.measures.${tool}`)}: {textOf(tool, value, i18n.language)}
        </li>
      ))}
    </VisuallyHidden>
  );
}
