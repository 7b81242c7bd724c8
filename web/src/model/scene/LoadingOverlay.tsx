import { Alert, Center, Loader, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { FromFile } from "../../components/FromFile";
import { Problem } from "../../components/Problem";
import type { Loading } from "./useSceneModels";

/** Covers the 3D view until it shows the model, or says why it cannot. */
export function LoadingOverlay({ loading }: { loading: Loading }) {
  const { t } = useTranslation();
  if (loading.is === "ready") return null;
  return (
    <Center className="scene-cover">
      {loading.is === "starting" && <Loader aria-label={t("model.loading.starting")} />}
      {loading.is === "loading" && (
        <Stack gap="xs" w={260} role="status">
          <Text size="sm" ta="center">
            {t(`model.loading.${loading.stage}`)}
          </Text>
          <Text size="xs" c="dimmed" ta="center">
            <FromFile>{loading.label}</FromFile>
          </Text>
          <Progress
            value={(loading.share ?? 1) * 100}
            animated={loading.share === null}
            aria-label={t(`model.loading.${loading.stage}`)}
          />
        </Stack>
      )}
      {loading.is === "withoutWebGl" && (
        <Alert color="orange" title={t("model.noWebGl.title")} maw={420} m="md">
          {t("model.noWebGl.text")}
        </Alert>
      )}
      {loading.is === "withoutGeometry" && (
        <Alert color="blue" title={t("model.noGeometry.title")} maw={420} m="md">
          {t("model.noGeometry.text")}
        </Alert>
      )}
      {loading.is === "failed" && <Problem error={loading.error} />}
    </Center>
  );
}
