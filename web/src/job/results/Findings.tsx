import { Alert, Anchor, Badge, Group, List, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Finding } from "../../api/manifest";
import { FromFile } from "../../components/FromFile";
import { Icon } from "../../components/Icon";
import { Problem } from "../../components/Problem";
import { useFormat } from "../../lib/useFormat";
import type { JobView } from "../data/jobView";
import { AffectedTable } from "./AffectedTable";
import { useReport } from "./useArtifacts";

const SHOWN_ELEMENTS = 10;

/** The address of an element in the model of a job; null without a model. */
function elementPath(job: JobView, globalId: string): string | null {
  return job.sha256 === null || !job.hasResult ? null : `/models/${job.sha256}?element=${encodeURIComponent(globalId)}`;
}

/** Problems of the file, and the elements without or with doubtful geometry. */
export function Findings({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useReport(job);
  if (!job.hasResult) return <Alert color="gray">{t("job.finding.noResult")}</Alert>;
  if (error !== null) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton h={180} />;
  const { findings, skipped, doubtful } = data;
  if (findings.length + skipped.length + doubtful.length === 0) {
    return <Alert color="green" icon={<Icon name="check" />} title={t("job.finding.none")} />;
  }
  return (
    <Stack gap="lg">
      {findings.length > 0 && (
        <section aria-label={t("job.finding.title")}>
          <Title order={3} size="h5" mb="xs">
            {t("job.finding.title")}
          </Title>
          <Stack gap="xs">
            {findings.map((finding) => (
              <FindingItem key={`${finding.code} ${finding.message}`} job={job} finding={finding} />
            ))}
          </Stack>
        </section>
      )}
      <AffectedTable job={job} title={t("job.coverage.skipped")} hint={t("job.coverage.skippedHint")} rows={skipped} />
      <AffectedTable
        job={job}
        title={t("job.coverage.doubtful")}
        hint={t("job.coverage.doubtfulHint")}
        rows={doubtful}
      />
    </Stack>
  );
}

const COLOURS = { info: "blue", warning: "orange", error: "red" } as const;

function FindingItem({ job, finding }: { job: JobView; finding: Finding }) {
  const { t } = useTranslation();
  const format = useFormat();
  const elements = finding.globalIds ?? [];
  return (
    <Alert color={COLOURS[finding.severity]} icon={<Icon name={finding.severity === "error" ? "cross" : "warning"} />}>
      <Group gap={8}>
        <Text size="sm" fw={600}>
          {finding.code}
        </Text>
        <Badge size="sm" variant="outline" color="gray" tt="none" c="var(--mantine-color-text)">
          {t(`job.finding.severity.${finding.severity}`)}
        </Badge>
        {finding.count > 1 && <Text size="xs">{t("job.finding.times", { number: format.number(finding.count) })}</Text>}
      </Group>
      <Text size="sm">
        <FromFile>{finding.message}</FromFile>
      </Text>
      {elements.length > 0 && (
        <List size="xs" listStyleType="none" mt={4}>
          {elements.slice(0, SHOWN_ELEMENTS).map((globalId) => (
            <List.Item key={globalId}>
              <ElementLink job={job} globalId={globalId} />
            </List.Item>
          ))}
          {elements.length > SHOWN_ELEMENTS && (
            <List.Item>{t("jobs.andMore", { count: finding.count - SHOWN_ELEMENTS })}</List.Item>
          )}
        </List>
      )}
    </Alert>
  );
}

/** A GlobalId, with a link to the element in the model. */
export function ElementLink({ job, globalId }: { job: JobView; globalId: string }) {
  const path = elementPath(job, globalId);
  const text = <FromFile className="monospace">{globalId}</FromFile>;
  return path === null ? (
    text
  ) : (
    <Anchor component={Link} href={path} size="sm" ff="monospace">
      {text}
    </Anchor>
  );
}
