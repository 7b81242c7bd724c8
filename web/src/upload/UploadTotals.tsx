import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "../lib/useFormat";
import { ACTIVE, type UploadItem } from "./uploader/types";
import { uploader } from "./useUploads";

/** The progress of all files: bytes, speed and the time that is left. */
export function UploadTotals({ items }: { items: readonly UploadItem[] }) {
  const { t } = useTranslation();
  const ended = items.filter(({ stage }) => !ACTIVE.includes(stage) && stage !== "interrupted");
  if (items.length === 0) return null;
  return (
    <Group justify="space-between" align="center" wrap="nowrap" mih={48}>
      <Sending items={items.filter(({ stage }) => ACTIVE.includes(stage))} total={items.length} ended={ended.length} />
      <Button
        size="xs"
        variant="default"
        style={{ flexShrink: 0 }}
        disabled={ended.length === 0}
        onClick={() => uploader.dismiss(ended.map(({ id }) => id))}
      >
        {t("upload.clear")}
      </Button>
    </Group>
  );
}

function Sending({ items, total, ended }: { items: readonly UploadItem[]; total: number; ended: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const size = items.reduce((sum, item) => sum + item.size, 0);
  const done = items.reduce((sum, { stage, done }) => sum + (stage === "hashing" ? 0 : done), 0);
  const speed = uploader.speed.perSecond;
  const seconds = uploader.speed.secondsFor(size - done);
  const facts = [
    t("upload.totals.files", { done: ended, count: total }),
    items.length > 0 && t("upload.totals.bytes", { done: format.bytes(done), size: format.bytes(size) }),
    items.length > 0 && speed !== null && `${format.bytes(speed)}/s`,
    items.length > 0 && seconds !== null && t("upload.totals.left", { time: format.duration(seconds) }),
  ];
  return (
    <Stack gap={4} style={{ flexGrow: 1 }}>
      <Text size="sm" className="numeric">
        {facts.filter(Boolean).join(" · ")}
      </Text>
      {items.length > 0 && (
        <Progress value={size === 0 ? 0 : (done / size) * 100} aria-label={t("upload.totals.label")} />
      )}
    </Stack>
  );
}
