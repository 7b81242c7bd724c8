import { Loader, Stack, Text } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useParams, useSearch } from "wouter";
import { Problem } from "../components/Problem";
import { useFederation } from "./data/useFederation";
import { ModelTitle } from "./layout/ModelTitle";
import { Workspace } from "./Workspace";

const SHA256 = /^[0-9a-f]{64}$/;

/** The page of one model, or of several together (`?with=`). */
export default function ModelPage() {
  const { t } = useTranslation();
  const { sha256 = "" } = useParams<{ sha256: string }>();
  const others = new URLSearchParams(useSearch()).get("with") ?? "";
  const checksums = useMemo(() => {
    const more = others.split(",").filter((checksum) => SHA256.test(checksum));
    return [...new Set([sha256, ...more])];
  }, [sha256, others]);
  const { federation, error, retry } = useFederation(checksums);
  const names = federation?.models.map(({ label }) => label) ?? [t("model.title")];
  useDocumentTitle(`${names.join(", ")} · ifcjob`);
  return (
    <div className="model-page">
      <ModelTitle names={names} />
      {error !== null && <Problem error={error} onRetry={retry} />}
      {error === null && federation === null && (
        <Stack align="center" justify="center" h="60vh" role="status">
          <Loader aria-hidden="true" />
          <Text size="sm">{t("model.loading.elements")}</Text>
        </Stack>
      )}
      {error === null && federation !== null && <Workspace key={checksums.join()} federation={federation} />}
    </div>
  );
}
