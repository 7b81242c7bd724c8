import { ActionIcon, Loader, Select, Text, Tooltip } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FromFile } from "../../components/FromFile";
import { Icon } from "../../components/Icon";
import { Problem } from "../../components/Problem";
import { useFormat } from "../../lib/useFormat";
import type { LegendRow } from "../colours/legend";
import { cssColour } from "../colours/palette";
import type { Colouring } from "../colours/useLegend";
import { usePage } from "../state/page";
import { useScene, useSceneStore } from "../state/SceneStore";
import type { ColourBy } from "../state/scene";
import { useActions } from "../state/useActions";
import { PanelFrame } from "./PanelFrame";
import { PropertySelect } from "./PropertySelect";
import "./legend.css";

const COLUMNS = ["class", "storey", "type", "material"] as const;

/** Colours the elements by a column or a property, with a legend that counts and selects. */
export function ColourPanel({ colouring }: { colouring: Colouring }) {
  const { t } = useTranslation();
  const { federation } = usePage();
  const store = useSceneStore();
  const colourBy = useScene((state) => state.colourBy);
  const [isChoosing, setChoosing] = useState(false);
  const set = (next: ColourBy | null) => store.dispatch({ do: "set", changes: { colourBy: next } });
  const columns = federation.models.length > 1 ? [...COLUMNS, "model" as const] : COLUMNS;
  const isProperty = isChoosing || (colourBy !== null && typeof colourBy === "object");
  const choose = (value: string | null) => {
    setChoosing(value === "property");
    if (value === "none") set(null);
    else if (value !== "property") set(columns.find((column) => column === value) ?? null);
  };
  return (
    <PanelFrame title={t("model.panels.colours")}>
      <Select
        label={t("model.colours.by")}
        data={[
          { value: "none", label: t("model.colours.none") },
          ...columns.map((value) => ({ value, label: t(`model.colours.${value}`) })),
          { value: "property", label: t("model.colours.property") },
        ]}
        value={isProperty ? "property" : (colourBy ?? "none")}
        onChange={choose}
        allowDeselect={false}
        size="xs"
      />
      {isProperty && (
        <PropertySelect
          label={t("model.colours.whichProperty")}
          value={colourBy !== null && typeof colourBy === "object" ? colourBy.property : null}
          onChange={(property) => property !== null && set({ property })}
        />
      )}
      {colouring.error !== null && <Problem error={colouring.error} />}
      {colouring.isPending && <Loader size="sm" aria-label={t("model.colours.loading")} />}
      {colouring.legend !== null && <LegendTable rows={colouring.legend.rows} />}
    </PanelFrame>
  );
}

/** The colours with their numbers of elements; a click selects these. */
function LegendTable({ rows }: { rows: readonly LegendRow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const store = useSceneStore();
  const actions = useActions();
  const total = rows.reduce((sum, row) => sum + row.elements.length, 0);
  if (total === 0)
    return (
      <Text size="sm" c="dimmed">
        {t("model.colours.nothing")}
      </Text>
    );
  return (
    <div className="panel-scroll">
      <table className="legend">
        <thead>
          <tr>
            <th scope="col">{t("model.colours.value")}</th>
            <th scope="col" className="legend-number">
              {t("model.colours.elements")}
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td>
                <button
                  type="button"
                  className="legend-value"
                  onClick={() => store.dispatch({ do: "select", elements: row.elements, alone: true })}
                >
                  <span
                    className="swatch"
                    data-none={row.key === "none" || undefined}
                    style={{ backgroundColor: cssColour(row.colour) }}
                  />
                  <LegendLabel label={row.label} />
                </button>
              </td>
              <td className="legend-number">{format.number(row.elements.length)}</td>
              <td>
                <Tooltip label={t("model.isolate")}>
                  <ActionIcon
                    size="sm"
                    variant="subtle"
                    color="gray"
                    aria-label={t("model.isolate")}
                    onClick={() => actions.isolate(row.elements)}
                  >
                    <Icon name="isolate" size={14} />
                  </ActionIcon>
                </Tooltip>
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t("model.colours.total")}</th>
            <td className="legend-number">{format.number(total)}</td>
            <td />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function LegendLabel({ label }: { label: LegendRow["label"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if ("value" in label)
    return label.value === "" ? <i>{t("model.colours.emptyText")}</i> : <FromFile>{label.value}</FromFile>;
  if ("others" in label) return <i>{t("model.colours.others", { count: label.others })}</i>;
  if ("none" in label) return <i>{t("model.noValue")}</i>;
  const digits = digitsOf(label.to - label.from);
  const unit = label.unit === null ? "" : ` ${label.unit}`;
  return <span>{`${format.number(label.from, digits)} – ${format.number(label.to, digits)}${unit}`}</span>;
}

/** Return the decimals that tell the ends of a range apart. */
function digitsOf(width: number): number {
  return Math.min(Math.max(1 - Math.floor(Math.log10(width || 1)), 0), 6);
}
