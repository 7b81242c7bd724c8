import { useTranslation } from "react-i18next";
import { FromFile } from "./FromFile";

const STAGES = ["fetch", "inspect", "metadata", "spatial_tree", "properties", "geometry", "gltf", "publish"] as const;

/** The stage of a run in the user's language. Its tooltip is the name that logs and manifests have. */
export function StageName({ stage }: { stage: string }) {
  const { t } = useTranslation();
  const known = STAGES.find((name) => name === stage);
  if (known === undefined) return <FromFile>{stage}</FromFile>;
  return <span title={known}>{t(`shared.stage.${known}`)}</span>;
}
