import { Group, Progress, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "../api/client";
import { useFormat } from "../lib/useFormat";
import { StageName } from "./StageName";

/** How far a run is: a bar, the percent and the stage. */
export function StageProgress({ progress }: { progress: Schema["JobProgress"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Group gap={8} wrap="nowrap" miw={0}>
      <Progress.Root size={6} w={72} style={{ flex: "none" }}>
        <Progress.Section value={progress.percent} aria-label={t("shared.progress")} />
      </Progress.Root>
      <Text span size="xs" className="numeric" style={{ flex: "none" }}>
        {format.share(progress.percent / 100)}
      </Text>
      <Text span size="xs" c="dimmed" truncate>
        <StageName stage={progress.stage} />
      </Text>
    </Group>
  );
}
