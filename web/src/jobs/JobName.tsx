import { Anchor, Badge, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Job } from "../api/live/LiveStore";
import { FromFile } from "../components/FromFile";

/** The address of a job's page. */
export function jobPath({ namespace, name }: { namespace: string; name: string }): string {
  return `/namespaces/${namespace}/jobs/${name}`;
}

interface Props {
  job: Pick<Job, "namespace" | "name" | "cacheHit" | "fileName"> & Partial<Pick<Job, "degraded">>;
  /** Its page, if that is not the one of its name. */
  href?: string;
}

/** The name of a job with a link to its page, its file, and marks of special results. */
export function JobName({ job, href = jobPath(job) }: Props) {
  const { t } = useTranslation();
  return (
    <Stack gap={2} miw={0}>
      <Group gap={6} wrap="nowrap" miw={0}>
        <Anchor component={Link} href={href} size="sm" fw={600} truncate title={job.name}>
          {job.name}
        </Anchor>
        {job.degraded && <Mark color="orange" text={t("jobs.degraded")} hint={t("jobs.degradedHint")} />}
        {job.cacheHit && <Mark color="gray" text={t("jobs.cached")} hint={t("jobs.cachedHint")} />}
      </Group>
      {job.fileName != null && (
        <Text size="xs" c="dimmed" truncate title={job.fileName}>
          <FromFile>{job.fileName}</FromFile>
        </Text>
      )}
    </Stack>
  );
}

function Mark({ color, text, hint }: { color: string; text: string; hint: string }) {
  return (
    <Badge size="xs" variant="outline" color={color} tt="none" style={{ flex: "none" }} title={hint}>
      {text}
    </Badge>
  );
}
