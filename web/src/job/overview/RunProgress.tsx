import { Group, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/client";
import { StageName } from "../../components/StageName";
import { useFormat } from "../../lib/useFormat";
import { useNow } from "../../lib/useNow";
import { secondsLeft } from "./eta";

/** How far the running attempt is: percent, stage, elements and the time that it still needs. */
export function RunProgress({ progress, startedAt }: { progress: Schema["JobProgress"]; startedAt: string | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const left = secondsLeft(progress, startedAt, useNow());
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs">
        <Text size="sm">
          <b className="numeric">{format.share(progress.percent / 100)}</b> · <StageName stage={progress.stage} />
          {progress.elementsTotal > 0 &&
            ` · ${t("job.elementsOf", { done: format.number(progress.elementsDone), total: format.number(progress.elementsTotal) })}`}
        </Text>
        {left !== null && (
          <Text size="sm" c="dimmed">
            {t("job.left", { duration: format.duration(Math.ceil(left)) })}
          </Text>
        )}
      </Group>
      <Progress.Root size="lg">
        <Progress.Section value={progress.percent} animated striped aria-label={t("shared.progress")} />
      </Progress.Root>
    </Stack>
  );
}
