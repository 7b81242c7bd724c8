import { Title } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { useNamespace } from "../app/namespace";
import { EmptyState } from "../components/EmptyState";
import { Facets } from "./Facets";
import { SearchForm } from "./form/SearchForm";
import { hasConditions, readQuery, type SearchQuery, writeQuery } from "./query";
import { Results } from "./results/Results";
import { SearchHelp } from "./SearchHelp";
import styles from "./search.module.css";
import { useFacets } from "./useSearch";

/** The page of search: elements of all models. Its whole state is in the address. */
export default function SearchPage() {
  const { t } = useTranslation();
  const namespace = useNamespace();
  const [parameters, setParameters] = useSearchParams();
  const query = useMemo(() => readQuery(parameters), [parameters]);
  const change = useCallback((next: SearchQuery) => setParameters(writeQuery(next)), [setParameters]);
  const facets = useFacets(query);
  const isStarted = hasConditions(query);
  if (facets.data?.models === 0) {
    const link = { href: `/namespaces/${namespace}/upload`, label: t("search.toUpload") };
    return <EmptyState title={t("search.noModels")} text={t("search.noModelsHint")} link={link} />;
  }
  return (
    <div className={styles.page}>
      <Title order={1} size="h3" className={styles.title}>
        {t("search.title")}
      </Title>
      <div className={styles.form}>
        <SearchForm query={query} onChange={change} facets={facets.data?.facets ?? []} />
      </div>
      <div className={styles.facets}>
        <Facets query={query} onChange={change} facets={facets.data?.facets} isOld={facets.isPlaceholderData} />
      </div>
      <div className={styles.results}>{isStarted ? <Results query={query} counts={facets} /> : <SearchHelp />}</div>
    </div>
  );
}
