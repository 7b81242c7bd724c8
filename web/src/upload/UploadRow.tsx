import { Group, Progress, Text } from "@mantine/core";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { keyOf } from "../api/live/LiveStore";
import { useLiveValue } from "../api/live/useLive";
import { FromFile } from "../components/FromFile";
import { useFormat } from "../lib/useFormat";
import { JobState } from "./JobState";
import { ReasonText } from "./ReasonText";
import { RowActions } from "./RowActions";
import styles from "./upload.module.css";
import type { UploadItem } from "./uploader/types";

function Row({ item }: { item: UploadItem }) {
  const format = useFormat();
  const { namespace, job: name } = item;
  const job = useLiveValue(({ jobs }) => (name ? jobs.get(keyOf({ namespace, name })) : undefined));
  return (
    <li className={styles.row} data-stage={item.stage}>
      <div>
        <Text size="sm" fw={600} lineClamp={2}>
          <FromFile>{item.name}</FromFile>
        </Text>
        {item.path !== "" && (
          <Text size="xs" c="dimmed" truncate>
            <FromFile>{item.path}</FromFile>
          </Text>
        )}
      </div>
      <Group gap="xs" justify="flex-end">
        <Text size="xs" c="dimmed" className="numeric">
          {format.bytes(item.size)}
        </Text>
        <RowActions item={item} job={job} />
      </Group>
      <div className={styles.wide}>
        {item.stage === "submitted" ? <JobState item={item} job={job} /> : <TransferState item={item} />}
      </div>
    </li>
  );
}

/** A file of the list. Memoized: the progress of a file or job draws no other row again. */
export const UploadRow = memo(Row);

function TransferState({ item }: { item: UploadItem }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { stage, done, size, reason } = item;
  const hasProgress = stage === "sending" || stage === "hashing" || stage === "offline";
  const share = size === 0 ? 0 : done / size;
  const values = { done: format.bytes(done), size: format.bytes(size), share: format.share(share) };
  const isTrouble = stage === "offline" || stage === "interrupted";
  return (
    <>
      {hasProgress && (
        <Progress
          value={share * 100}
          size="sm"
          color={stage === "offline" ? "orange" : stage === "hashing" ? "gray" : "blue"}
          aria-label={item.name}
          mb={4}
        />
      )}
      {stage !== "failed" && stage !== "refused" && (
        <Text size="xs" className={isTrouble ? "warning-text numeric" : "dimmed-text numeric"}>
          {t(`upload.stage.${stage}`, values)}
        </Text>
      )}
      {reason !== undefined && <ReasonText reason={reason} />}
    </>
  );
}
