import { Alert, Button, Group, Skeleton, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, body, type Schema } from "../../api/client";
import { CopyButton } from "../../components/CopyButton";
import { Icon } from "../../components/Icon";
import { Problem } from "../../components/Problem";
import { WideTable } from "../../components/WideTable";
import { downloadFrom } from "../../lib/saveBlob";
import { useFormat } from "../../lib/useFormat";
import type { JobView } from "../data/jobView";
import { saveFile } from "./saveFile";
import { useArtifacts } from "./useArtifacts";

type Entry = Schema["ArtifactEntry"];

/** The published files, with downloads. */
export function Artifacts({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useArtifacts(job);
  const download = useDownload(job);
  if (!job.hasResult) return <Alert color="gray">{t("job.artifact.none")}</Alert>;
  if (error !== null) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton h={180} />;
  return (
    <Stack gap="xs">
      {download.error !== null && <Problem error={download.error} />}
      <WideTable label={t("job.tab.artifacts")} minWidth={480}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("job.artifact.name")}</Table.Th>
            <Table.Th visibleFrom="sm">{t("job.artifact.type")}</Table.Th>
            <Table.Th ta="end">{t("job.artifact.size")}</Table.Th>
            <Table.Th visibleFrom="md">SHA-256</Table.Th>
            <Table.Th>
              <VisuallyHidden>{t("job.artifact.download")}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.items.map((entry) => (
            <Row key={entry.name} entry={entry} onDownload={() => void download.start(entry)} />
          ))}
        </Table.Tbody>
      </WideTable>
    </Stack>
  );
}

function Row({ entry, onDownload }: { entry: Entry; onDownload(): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600}>
          {entry.name}
        </Text>
        <Text size="xs" c="dimmed">
          {t(`job.artifact.about.${aboutKey(entry.name)}`)}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Text size="xs" c="dimmed">
          {entry.mediaType}
        </Text>
      </Table.Td>
      <Table.Td ta="end">{format.bytes(entry.bytes)}</Table.Td>
      <Table.Td visibleFrom="md">
        <Group gap={4} wrap="nowrap">
          <Text size="xs" ff="monospace" title={entry.sha256}>
            {entry.sha256.slice(0, 12)}…
          </Text>
          <CopyButton text={entry.sha256} label={t("job.artifact.copyChecksum", { name: entry.name })} />
        </Group>
      </Table.Td>
      <Table.Td ta="end">
        <Button
          size="compact-sm"
          variant="default"
          aria-label={t("job.artifact.downloadOf", { name: entry.name })}
          leftSection={<Icon name="download" size={14} />}
          onClick={onDownload}
        >
          {t("job.artifact.download")}
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}

const KNOWN = ["manifest", "metadata", "spatial-tree", "elements", "properties", "relations", "model"] as const;

function aboutKey(name: string): (typeof KNOWN)[number] | "other" {
  if (name === "model.sqlite" || name === "model.duckdb") return "other";
  return KNOWN.find((known) => name.startsWith(`${known}.`)) ?? "other";
}

/** Download by the link of the API: the object store's own address, or a path of the API, which may need a token. */
function useDownload(job: JobView) {
  const [error, setError] = useState<unknown>(null);
  const start = async ({ name }: Entry) => {
    setError(null);
    try {
      const params = { path: { namespace: job.namespace, name: job.name, artifact: name } };
      const link = await body(api.GET("/api/v1/namespaces/{namespace}/jobs/{name}/artifacts/{artifact}", { params }));
      if (link.url.startsWith("/")) await saveFile(link.url, link.fileName);
      else downloadFrom(link.url, link.fileName);
    } catch (problem) {
      setError(problem);
    }
  };
  return { error, start };
}
