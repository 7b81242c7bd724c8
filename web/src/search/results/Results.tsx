import { Alert, Group, List, Stack, Text } from "@mantine/core";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useLiveContent } from "../../api/live/useLive";
import { DataTable } from "../../components/DataTable";
import { FromFile } from "../../components/FromFile";
import { Problem } from "../../components/Problem";
import { useFormat } from "../../lib/useFormat";
import { parseCondition } from "../conditions";
import type { SearchQuery } from "../query";
import { type FoundElement, type SkippedModel, useElements, type useFacets } from "../useSearch";
import { columnsOf, ElementCard } from "./columns";
import { ExportButtons } from "./ExportButtons";

interface Props {
  query: SearchQuery;
  counts: ReturnType<typeof useFacets>;
}

const keyOf = ({ model, stepId }: FoundElement) => `${model}/${stepId}`;
const nameOf = ({ name, globalId }: FoundElement) => name ?? globalId;

/** The elements that a search finds, and their export. */
export function Results({ query, counts }: Props) {
  const { t } = useTranslation();
  const { pages, elements, skipped, loadMore, retry } = useElements(query);
  const { data, error, hasNextPage, isError } = pages;
  const modelName = useModelName();
  const properties = useMemo(() => query.property.map((text) => parseCondition(text).path), [query.property]);
  const columns = useMemo(() => columnsOf(t, properties, modelName), [t, properties, modelName]);
  const lastIsEmpty = data?.pages.at(-1)?.items.length === 0;
  useEffect(() => {
    // A page without elements has only searched some models.
    if (lastIsEmpty && !isError) loadMore();
  }, [lastIsEmpty, isError, loadMore]);
  const total = counts.isPlaceholderData ? undefined : counts.data?.total;
  if (isError && data === undefined) return <Problem error={error} onRetry={retry} />;
  const isEmpty = pages.isSuccess && elements.length === 0 && !hasNextPage;
  return (
    <Stack gap="sm" style={{ opacity: pages.isPlaceholderData ? 0.6 : 1 }}>
      <Group justify="space-between" mih={36}>
        <Count total={total} models={counts.data?.models} />
        <ExportButtons query={query} isDisabled={isEmpty} />
      </Group>
      <SkippedModels skipped={skipped} />
      {isEmpty ? (
        <Text py="xl" ta="center" c="dimmed">
          {t("search.nothing")}
        </Text>
      ) : (
        <DataTable
          label={t("search.results")}
          columns={columns}
          rows={elements}
          keyOf={keyOf}
          nameOf={nameOf}
          {...(total !== undefined && { total })}
          isLoading={pages.isFetching}
          onEnd={() => {
            if (!isError) loadMore();
          }}
          card={(element) => <ElementCard element={element} model={modelName(element)} />}
        />
      )}
      {isError && <Problem error={error} onRetry={retry} />}
    </Stack>
  );
}

function Count({ total, models }: { total: number | undefined; models: number | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const text =
    total === undefined || models === undefined
      ? t("search.counting")
      : `${t("search.total", { count: total, number: format.number(total) })} ${t("search.models", { count: models, number: format.number(models) })}`;
  return (
    <Text size="sm" role="status" className="numeric">
      {text}
    </Text>
  );
}

/** Names the models that could not be searched: a result without them is not complete. */
function SkippedModels({ skipped }: { skipped: readonly SkippedModel[] }) {
  const { t } = useTranslation();
  if (skipped.length === 0) return null;
  return (
    <Alert color="orange" title={t("search.skipped", { count: skipped.length })}>
      <List size="sm">
        {skipped.slice(0, 20).map(({ model, namespace, job, detail }) => (
          <List.Item key={model}>
            <Link href={`/namespaces/${namespace}/jobs/${job}`}>
              <FromFile>{`${namespace}/${job}`}</FromFile>
            </Link>
            : <FromFile>{detail}</FromFile>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

/** Return the file name of an element's model where the page knows it, else its job. */
function useModelName(): (element: FoundElement) => string {
  const names = useLiveContent(({ jobs }): [string, string][] =>
    [...jobs.values()].flatMap(({ sha256, fileName }) => (sha256 && fileName ? [[sha256, fileName]] : [])),
  );
  return useMemo(() => {
    const byModel = new Map(names);
    return ({ model, job }: FoundElement) => byModel.get(model) ?? job;
  }, [names]);
}
