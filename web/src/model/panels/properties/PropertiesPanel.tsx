import { Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../../api/client";
import { Icon } from "../../../components/Icon";
import { Problem } from "../../../components/Problem";
import type { ElementNumber } from "../../data/Federation";
import { useElement } from "../../data/useFederation";
import { usePage } from "../../state/page";
import { useScene } from "../../state/SceneStore";
import { PanelFrame } from "../PanelFrame";
import { ElementHead } from "./ElementHead";
import { PropertyTable, rowsOf, SetList } from "./PropertySets";
import { Relations } from "./Relations";

/** The properties of the element that was selected last. */
export function PropertiesPanel() {
  const { t } = useTranslation();
  const focus = useScene((state) => state.focus);
  const count = useScene((state) => state.selected.size);
  return (
    <PanelFrame title={t("model.panels.properties")}>
      {focus === null ? (
        <Text size="sm" c="dimmed">
          {t("model.selectSomething")}
        </Text>
      ) : (
        <>
          {count > 1 && (
            <Text size="xs" c="dimmed">
              {t("model.lastOf", { count })}
            </Text>
          )}
          <ElementProperties key={focus} element={focus} />
        </>
      )}
    </PanelFrame>
  );
}

function ElementProperties({ element }: { element: ElementNumber }) {
  const { t } = useTranslation();
  const { federation } = usePage();
  const { model, row } = federation.locate(element);
  const globalId = model.columns.globalId[row] ?? "";
  const { data, error, refetch } = useElement(model.sha256, globalId, model.columns.stepId[row] ?? 0);
  const [filter, setFilter] = useState("");
  return (
    <>
      <ElementHead element={element} />
      {error !== null && <Problem error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && (
        <Stack gap={8} aria-busy="true">
          {[90, 70, 80, 60, 75].map((width) => (
            <Skeleton key={width} height={14} width={`${width}%`} />
          ))}
        </Stack>
      )}
      {data !== undefined && (
        <>
          <TextInput
            aria-label={t("model.filterProperties")}
            placeholder={t("model.filterProperties")}
            size="xs"
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
            leftSection={<Icon name="find" size={14} />}
          />
          <div className="panel-scroll">
            <Sections details={data as Schema["ElementDetails"]} element={element} filter={filter} />
          </div>
        </>
      )}
    </>
  );
}

interface SectionsProps {
  details: Schema["ElementDetails"];
  element: ElementNumber;
  filter: string;
}

function Sections({ details, element, filter }: SectionsProps) {
  const { t } = useTranslation();
  return (
    <>
      <PropertyTable title={t("model.attributes")} rows={useAttributes(details, element)} filter={filter} />
      <SetList sets={details.quantitySets} filter={filter} />
      <SetList sets={details.propertySets} filter={filter} />
      <SetList sets={details.materials} filter={filter} prefix={t("model.material")} />
      <SetList sets={details.classifications} filter={filter} prefix={t("model.classification")} />
      <Relations relations={details.relations} element={element} filter={filter} />
    </>
  );
}

function useAttributes({ element: attributes, stepId }: SectionsProps["details"], element: ElementNumber) {
  const { t } = useTranslation();
  const { federation } = usePage();
  const { model, row } = federation.locate(element);
  const type = model.typeIndex(row);
  const typeName = type === null ? null : model.columns.type.values[type];
  const size = attributes?.boundingBox;
  const extent = size ? size.max.map((side, axis) => (side - (size.min[axis] ?? 0)).toFixed(3)).join(" × ") : null;
  return rowsOf([
    [t("model.attribute.predefinedType"), attributes?.predefinedType],
    [t("model.attribute.objectType"), attributes?.objectType],
    [t("model.attribute.type"), typeName?.name ?? typeName?.globalId],
    [t("model.attribute.tag"), attributes?.tag],
    [t("model.attribute.storey"), attributes?.storeyName],
    [t("model.attribute.layers"), attributes?.layers?.join(", ")],
    [t("model.attribute.materials"), attributes?.materials?.join(", ")],
    [t("model.attribute.size"), extent === null ? null : `${extent} m`],
    [t("model.attribute.stepId"), `#${stepId}`],
  ]);
}
