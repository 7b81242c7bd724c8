import { Container, Stack, Title } from "@mantine/core";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../api/me";
import { useNamespace } from "../app/namespace";
import { DropArea } from "./DropArea";
import { OptionsPanel } from "./options/OptionsPanel";
import { useOptions } from "./options/useOptions";
import { RefusedFiles } from "./RefusedFiles";
import { UploadList } from "./UploadList";
import { UploadTotals } from "./UploadTotals";
import type { PickedFile } from "./uploader/types";
import { uploader, useUploads } from "./useUploads";

/** The page of upload: drop files, and see each become a model. */
export default function UploadPage() {
  const { t } = useTranslation();
  const namespace = useNamespace();
  const { data: me } = useMe();
  const options = useOptions();
  const items = useUploads().filter((item) => item.namespace === namespace);
  const maxBytes = me?.maxUploadBytes ?? null;
  const { settings } = options;
  const add = useCallback(
    (files: readonly PickedFile[]) => uploader.add(files, { namespace, settings, maxBytes }),
    [namespace, settings, maxBytes],
  );
  const shown = items.filter(({ stage }) => stage !== "refused");
  return (
    <Container size="md" py="md">
      <Stack gap="md">
        <Title order={1} size="h3">
          {t("upload.title")}
        </Title>
        <DropArea onFiles={add} maxBytes={maxBytes} />
        <OptionsPanel options={options} />
        <UploadTotals items={shown} />
        <UploadList items={shown} />
        <RefusedFiles items={items.filter(({ stage }) => stage === "refused")} />
      </Stack>
    </Container>
  );
}
