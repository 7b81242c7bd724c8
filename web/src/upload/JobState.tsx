import { Group, Progress, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body } from "../api/client";
import type { Job } from "../api/live/LiveStore";
import { FromFile } from "../components/FromFile";
import { PhaseBadge } from "../components/PhaseBadge";
import { useFormat } from "../lib/useFormat";
import type { UploadItem } from "./uploader/types";

/** The job of a file, live: phase, percent, and the hint of a failure. */
export function JobState({ item, job }: { item: UploadItem; job: Job | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const percent = job?.progress?.percent;
  const isRunning = job?.phase === "Running";
  return (
    <>
      {isRunning && percent !== undefined && <Progress value={percent} size="sm" mb={4} aria-label={item.name} />}
      <Group gap="xs">
        <PhaseBadge phase={job?.phase ?? "Queued"} />
        {isRunning && percent !== undefined && (
          <Text size="xs" c="dimmed" className="numeric">
            {format.share(percent / 100)}
          </Text>
        )}
        {job?.degraded && (
          <Text size="xs" className="warning-text">
            {t("upload.degraded")}
          </Text>
        )}
      </Group>
      {job?.phase === "Failed" && <FailureHint job={job} />}
    </>
  );
}

function FailureHint({ job: { namespace, name, message } }: { job: Job }) {
  const path = "/api/v1/namespaces/{namespace}/jobs/{name}";
  const { data } = useQuery({
    queryKey: ["job", namespace, name, "failure"],
    queryFn: ({ signal }) => body(api.GET(path, { params: { path: { namespace, name } }, signal })),
  });
  const failure = data?.status?.failure;
  return (
    <Text size="xs" className="error-text" mt={4}>
      <FromFile>{[failure?.message ?? message, failure?.hint].filter(Boolean).join(" ")}</FromFile>
    </Text>
  );
}
