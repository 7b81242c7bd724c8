import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { UploadRow } from "./UploadRow";
import styles from "./upload.module.css";
import type { UploadItem } from "./uploader/types";

/** Rows that are in the page at first; a drop of a folder may have thousands of files. */
const SHOWN = 100;

/** The files of this page, the newest drop last. */
export function UploadList({ items }: { items: readonly UploadItem[] }) {
  const { t } = useTranslation();
  const [count, setCount] = useState(SHOWN);
  if (items.length === 0) return null;
  const rest = items.length - count;
  return (
    <>
      <ul className={styles.list} aria-label={t("upload.list")}>
        {items.slice(0, count).map((item) => (
          <UploadRow key={item.id} item={item} />
        ))}
      </ul>
      {rest > 0 && (
        <Group justify="center">
          <Button variant="default" onClick={() => setCount(count + SHOWN)}>
            {t("upload.more", { count: rest })}
          </Button>
        </Group>
      )}
    </>
  );
}
