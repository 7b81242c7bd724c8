import { Alert, Button, Group } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { FromFile } from "../../components/FromFile";
import { usePage } from "../state/page";
import { neighbourhoods, targetsIn } from "./neighbours";
import "./farModels.css";

/** Says that models are too far from each other for one view, and leads to each of them. */
export default function FarModels() {
  const { t } = useTranslation();
  const { federation, scene } = usePage();
  const [isOpen, setOpen] = useState(true);
  const groups = useMemo(() => (scene === null ? [] : neighbourhoods(scene.models)), [scene]);
  if (scene === null || groups.length < 2 || !isOpen) return null;
  const label = (id: string) => federation.models.find((model) => model.sha256 === id)?.label ?? "";
  return (
    <Alert
      color="orange"
      className="far-models"
      title={t("model.federation.far")}
      withCloseButton
      closeButtonLabel={t("model.close")}
      onClose={() => setOpen(false)}
    >
      <Group gap={6}>
        {groups.map((group) => (
          <Button
            key={group.join()}
            size="compact-xs"
            variant="default"
            onClick={() => scene.viewer.fit(targetsIn(scene.models, group))}
          >
            <FromFile>{group.map(label).join(", ")}</FromFile>
          </Button>
        ))}
      </Group>
    </Alert>
  );
}
