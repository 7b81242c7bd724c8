import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../../components/CopyButton";
import { FromFile } from "../../components/FromFile";
import { useFormat } from "../../lib/useFormat";
import type { JobView } from "../data/jobView";
import styles from "./Facts.module.css";

/** What was read and written, in numbers, and where the job belongs. */
export function Facts({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { summary } = job;
  const facts: [string, ReactNode][] = [
    [t("job.fact.schema"), summary?.schema],
    [t("job.fact.elements"), summary?.elements != null && format.number(summary.elements)],
    [t("job.fact.triangles"), summary?.triangles != null && format.number(summary.triangles)],
    [t("job.fact.coverage"), summary?.coverage != null && <Coverage coverage={summary.coverage} />],
    [t("job.fact.findings"), summary != null && format.number(summary.findings)],
    [t("jobs.column.size"), job.inputBytes !== null && format.bytes(job.inputBytes)],
    [t("jobs.column.queue"), job.queue],
    [t("jobs.column.priority"), job.priority !== 0 && format.number(job.priority)],
    [t("jobs.column.owner"), job.owner !== null && <FromFile>{job.owner}</FromFile>],
    [t("job.fact.source"), job.sourceUri !== null && <Copied text={job.sourceUri} label={t("job.fact.copySource")} />],
    ["SHA-256", job.sha256 !== null && <Copied text={job.sha256} label={t("job.fact.copyChecksum")} />],
    [t("job.fact.labels"), labelsOf(job).length > 0 && <FromFile>{labelsOf(job).join(", ")}</FromFile>],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) =>
        value === false || value == null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function labelsOf(job: JobView): string[] {
  return Object.entries(job.labels).map(([name, value]) => `${name}=${value}`);
}

function Coverage({ coverage }: { coverage: { expected: number; emitted: number } }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { expected, emitted } = coverage;
  // 99.96 % is not all of them.
  const share = expected === 0 ? 1 : Math.floor((emitted / expected) * 1000) / 1000;
  return t("job.fact.coverageOf", {
    emitted: format.number(emitted),
    expected: format.number(expected),
    share: format.share(share, 1),
  });
}

function Copied({ text, label }: { text: string; label: string }) {
  return (
    <Group gap={4} wrap="nowrap" miw={0}>
      <Text size="sm" truncate title={text}>
        <FromFile>{text}</FromFile>
      </Text>
      <CopyButton text={text} label={label} />
    </Group>
  );
}
