import { Button, Group, Stack, Text } from "@mantine/core";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../lib/useFormat";
import { chosenFiles, droppedFiles, pickWithHandles } from "./browser/picking";
import styles from "./upload.module.css";
import { SUFFIXES } from "./uploader/inspect";
import type { PickedFile } from "./uploader/types";

interface Props {
  onFiles(files: readonly PickedFile[]): void;
  maxBytes: number | null;
}

/** Takes files and folders, dropped or chosen. */
export function DropArea({ onFiles, maxBytes }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { isOver, listeners } = useDrop(onFiles);
  return (
    <section className={styles.drop} data-over={isOver} aria-label={t("upload.drop.label")} {...listeners}>
      <Stack align="center" gap="xs">
        <Text fw={600} size="lg" ta="center">
          {t("upload.drop.title")}
        </Text>
        <Group gap="xs" justify="center">
          <FilesButton onFiles={onFiles} />
          <FolderButton onFiles={onFiles} />
        </Group>
        <Text size="sm" c="dimmed" ta="center">
          {maxBytes === null ? t("upload.drop.types") : t("upload.drop.limit", { limit: format.bytes(maxBytes) })}
        </Text>
      </Stack>
    </section>
  );
}

function useDrop(onFiles: Props["onFiles"]) {
  const [isOver, setOver] = useState(false);
  const depth = useRef(0);
  const move = (step: number) => {
    depth.current = Math.max(0, depth.current + step);
    setOver(depth.current > 0);
  };
  const listeners = {
    onDragEnter: () => move(1),
    onDragLeave: () => move(-1),
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      move(-depth.current);
      void droppedFiles(event.dataTransfer).then(onFiles);
    },
  };
  return { isOver, listeners };
}

function FilesButton({ onFiles }: Pick<Props, "onFiles">) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const choose = async () => {
    const picked = await pickWithHandles(true);
    if (picked === null) input.current?.click();
    else onFiles(picked);
  };
  return (
    <>
      <Button onClick={() => void choose()}>{t("upload.drop.files")}</Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={SUFFIXES.join(",")}
        aria-label={t("upload.drop.files")}
        onChange={({ currentTarget }) => {
          onFiles(chosenFiles(currentTarget.files));
          currentTarget.value = "";
        }}
      />
    </>
  );
}

function FolderButton({ onFiles }: Pick<Props, "onFiles">) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button variant="default" onClick={() => input.current?.click()}>
        {t("upload.drop.folder")}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        // React has no type for it, but browsers do.
        {...{ webkitdirectory: "" }}
        aria-label={t("upload.drop.folder")}
        onChange={({ currentTarget }) => {
          onFiles(chosenFiles(currentTarget.files));
          currentTarget.value = "";
        }}
      />
    </>
  );
}
