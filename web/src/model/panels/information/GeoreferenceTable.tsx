import { Anchor, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../../lib/useFormat";
import type { ModelData } from "../../data/ModelData";
import type { Metadata } from "../../data/mapFrames";
import { PropertyTable, rowsOf } from "../properties/PropertySets";
import { degrees, mapLink, mapSymbol } from "./georeference";

/** Where the model is on earth, with a link to a map; nothing is loaded from there before a click. */
export function GeoreferenceTable({ model }: { model: ModelData }) {
  const { t } = useTranslation();
  const { metadata } = model.model;
  const rows = useRows(metadata);
  if (!metadata || rows.length === 0)
    return (
      <Text size="xs" c="dimmed">
        {t("model.georeference.none")}
      </Text>
    );
  const link = mapLink(metadata);
  return (
    <>
      <PropertyTable title={t("model.georeference.title")} filter="" rows={rows} />
      {link !== null && (
        <Anchor href={link.url} target="_blank" rel="noreferrer noopener" size="xs">
          {t(`model.georeference.map.${link.by}`)}
        </Anchor>
      )}
    </>
  );
}

function useRows(metadata: Metadata | null | undefined) {
  const { t } = useTranslation();
  const format = useFormat();
  const { crs, mapConversion: map, trueNorth, site } = metadata?.georeference ?? {};
  const unit = metadata ? mapSymbol(metadata) : "";
  const length = (value: number) => `${format.number(value, 3)} ${unit}`;
  return rowsOf([
    [t("model.georeference.crs"), crs?.name],
    [t("model.georeference.description"), crs?.description],
    [t("model.georeference.datum"), crs?.geodeticDatum],
    [t("model.georeference.vertical"), crs?.verticalDatum],
    [t("model.georeference.eastings"), map && length(map.eastings)],
    [t("model.georeference.northings"), map && length(map.northings)],
    [t("model.georeference.height"), map && length(map.orthogonalHeight)],
    [t("model.georeference.scale"), map && format.number(map.scale, 9)],
    [t("model.georeference.factors"), map?.factors?.map((factor) => format.number(factor, 9)).join(" · ")],
    [t("model.georeference.rotation"), map && `${format.number(map.rotation, 6)}°`],
    [t("model.georeference.north"), trueNorth && `${format.number(trueNorth.degrees, 6)}°`],
    [
      t("model.georeference.latitude"),
      site && degrees(site.latitude, t("model.georeference.n"), t("model.georeference.s")),
    ],
    [
      t("model.georeference.longitude"),
      site && degrees(site.longitude, t("model.georeference.e"), t("model.georeference.w")),
    ],
    [t("model.georeference.elevation"), site?.elevation == null ? null : `${format.number(site.elevation, 3)} m`],
  ]);
}
