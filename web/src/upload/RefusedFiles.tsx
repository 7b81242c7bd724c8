import { Button, Group, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { FromFile } from "../components/FromFile";
import { ReasonText } from "./ReasonText";
import styles from "./upload.module.css";
import type { UploadItem } from "./uploader/types";
import { uploader } from "./useUploads";

const SHOWN = 50;

/** The files that were not sent, with the reasons. */
export function RefusedFiles({ items }: { items: readonly UploadItem[] }) {
  const { t } = useTranslation();
  if (items.length === 0) return null;
  return (
    <section aria-labelledby="refused">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5" id="refused">
          {t("upload.refused", { count: items.length })}
        </Title>
        <Button size="xs" variant="default" onClick={() => uploader.dismiss(items.map(({ id }) => id))}>
          {t("upload.clear")}
        </Button>
      </Group>
      <ul className={styles.list}>
        {items.slice(0, SHOWN).map(({ id, name, path, reason }) => (
          <li key={id} className={styles.refused}>
            <Text size="sm" lineClamp={2}>
              <FromFile>{path === "" ? name : `${path}/${name}`}</FromFile>
            </Text>
            {reason !== undefined && <ReasonText reason={reason} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
