import { Anchor, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { FromFile } from "../../../components/FromFile";
import { jobPath } from "../../../jobs/JobName";
import { useFormat } from "../../../lib/useFormat";
import type { ModelData } from "../../data/ModelData";
import { usePage } from "../../state/page";
import { PanelFrame } from "../PanelFrame";
import { PropertyTable, rowsOf } from "../properties/PropertySets";
import { GeoreferenceTable } from "./GeoreferenceTable";
import { OtherModels } from "./OtherModels";

/** What the models are: files, counts, units, and their place on earth. */
export function InformationPanel() {
  const { t } = useTranslation();
  const { federation } = usePage();
  return (
    <PanelFrame title={t("model.panels.information")}>
      <div className="panel-scroll">
        <OtherModels />
        {federation.models.map((model) => (
          <Stack key={model.sha256} gap={4} mb="md">
            <Text fw={600} size="sm">
              <FromFile>{model.label}</FromFile>
            </Text>
            <Anchor
              component={Link}
              href={jobPath({ namespace: model.model.namespace, name: model.model.job })}
              size="xs"
            >
              {t("model.information.job")}
            </Anchor>
            <FileTable model={model} />
            <GeoreferenceTable model={model} />
          </Stack>
        ))}
      </div>
    </PanelFrame>
  );
}

function FileTable({ model }: { model: ModelData }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { metadata, summary } = model.model;
  const length = metadata?.units.assigned?.find((unit) => unit.type === "LENGTHUNIT");
  const rows = rowsOf([
    [t("model.information.schema"), metadata?.file.schemaIdentifier],
    [t("model.information.application"), metadata?.file.application],
    [t("model.information.bytes"), metadata ? format.bytes(metadata.file.bytes) : null],
    [t("model.information.elements"), metadata ? format.number(metadata.counts.elements) : null],
    [t("model.information.triangles"), summary.triangles ? format.number(summary.triangles) : null],
    [t("model.information.length"), length?.symbol ?? length?.name],
  ]);
  return <PropertyTable title={t("model.information.file")} filter="" rows={rows} />;
}
