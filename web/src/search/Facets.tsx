import { Badge, Button, Skeleton, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FromFile } from "../components/FromFile";
import { Icon } from "../components/Icon";
import { useFormat } from "../lib/useFormat";
import type { SearchQuery } from "./query";
import styles from "./search.module.css";
import { CONDITIONS, FACETS, type Facet, type FacetName } from "./useSearch";

const SHOWN = 6;

interface Props {
  query: SearchQuery;
  onChange(query: SearchQuery): void;
  facets: readonly Facet[] | undefined;
  /** The counts are those of the query before. */
  isOld: boolean;
}

/** The values of the found elements with their counts; a click narrows the search. */
export function Facets({ query, onChange, facets, isOld }: Props) {
  const { t } = useTranslation();
  const [isOpen, { toggle }] = useDisclosure();
  if (facets === undefined) return <Skeleton height={320} visibleFrom="md" />;
  return (
    <>
      <Button hiddenFrom="md" size="xs" variant="default" aria-expanded={isOpen} onClick={toggle} mb="xs">
        {t(isOpen ? "search.facet.hide" : "search.facet.show")}
      </Button>
      <Stack gap="md" className={styles.lists} data-open={isOpen} data-old={isOld} aria-busy={isOld}>
        {FACETS.map((name) => {
          const facet = facets.find(({ by }) => by === name);
          return <FacetList key={name} name={name} facet={facet} query={query} onChange={onChange} />;
        })}
      </Stack>
    </>
  );
}

interface ListProps extends Pick<Props, "query" | "onChange"> {
  name: FacetName;
  facet: Facet | undefined;
}

function FacetList({ name, facet, query, onChange }: ListProps) {
  const { t } = useTranslation();
  const [isLong, setLong] = useState(false);
  const chosen = query[CONDITIONS[name]];
  const values = (facet?.values ?? []).flatMap(({ value, count }) => (value == null ? [] : [{ value, count }]));
  if (values.length === 0) return null;
  const set = (next: readonly string[]) => onChange({ ...query, [CONDITIONS[name]]: next });
  const rest = values.length - SHOWN;
  return (
    <section aria-labelledby={`facet-${name}`}>
      <Title order={2} size="h6" id={`facet-${name}`} mb={4}>
        {t(`search.facet.${name}`)}
      </Title>
      <ul className={styles.facet}>
        {values.slice(0, isLong ? undefined : SHOWN).map(({ value, count }) => (
          <li key={value}>
            <FacetValue
              value={value}
              count={count}
              isChosen={chosen.includes(value)}
              onClick={() => set(chosen.includes(value) ? chosen.filter((other) => other !== value) : [value])}
            />
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <UnstyledButton className={styles.more} onClick={() => setLong(!isLong)} aria-expanded={isLong}>
          {isLong ? t("search.fewer") : t("search.more", { count: rest })}
        </UnstyledButton>
      )}
    </section>
  );
}

function FacetValue(props: { value: string; count: number; isChosen: boolean; onClick(): void }) {
  const format = useFormat();
  return (
    <UnstyledButton className={styles.value} aria-pressed={props.isChosen} onClick={props.onClick}>
      <Text size="sm" lineClamp={2} span>
        <FromFile>{props.value}</FromFile>
      </Text>
      <Badge
        variant="default"
        size="sm"
        fw={500}
        rightSection={props.isChosen ? <Icon name="cross" size={10} /> : null}
      >
        {format.number(props.count)}
      </Badge>
    </UnstyledButton>
  );
}
