import { Button, Collapse, Group, Stack, TagsInput, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../../components/Icon";
import { hasConditions, type ListName, NO_CONDITIONS, type SearchQuery } from "../query";
import { CONDITIONS, FACETS, type Facet } from "../useSearch";
import { Conditions } from "./Conditions";

interface Props {
  query: SearchQuery;
  onChange(query: SearchQuery): void;
  /** Suggestions for the fields. */
  facets: readonly Facet[];
}

const MORE: readonly ListName[] = ["storey", "material", "classification", "name", "type", "predefinedType", "layer"];

/** The conditions of a search. */
export function SearchForm({ query, onChange, facets }: Props) {
  const { t } = useTranslation();
  const [isMore, { toggle }] = useDisclosure(MORE.some((name) => query[name].length > 0));
  const list = (name: ListName) => (
    <TagsInput
      key={name}
      label={t(`search.field.${name}`)}
      placeholder={query[name].length === 0 ? t(`search.placeholder.${name}`) : ""}
      value={[...query[name]]}
      data={valuesOf(facets, name)}
      maxDropdownHeight={240}
      comboboxProps={{ width: "max-content", position: "bottom-start", styles: { dropdown: { maxWidth: "80vw" } } }}
      splitChars={[]}
      onChange={(values) => onChange({ ...query, [name]: values })}
    />
  );
  return (
    <Stack gap="sm" component="section" aria-label={t("search.form")}>
      <TextField
        value={query.text[0] ?? ""}
        onChange={(text) => onChange({ ...query, text: text === "" ? [] : [text] })}
      />
      {list("class")}
      <Conditions texts={query.property} onChange={(property) => onChange({ ...query, property })} />
      <Collapse expanded={isMore}>
        <Stack gap="sm">{MORE.map(list)}</Stack>
      </Collapse>
      <Group gap="xs">
        <Button variant="default" size="xs" aria-expanded={isMore} onClick={toggle}>
          {t(isMore ? "search.fewerFields" : "search.moreFields")}
        </Button>
        {hasConditions(query) && (
          <Button variant="subtle" size="xs" onClick={() => onChange(NO_CONDITIONS)}>
            {t("search.reset")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

function TextField({ value, onChange }: { value: string; onChange(text: string): void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const apply = () => {
    if (text.trim() !== value) onChange(text.trim());
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <TextInput
        type="search"
        label={t("search.field.text")}
        placeholder={t("search.placeholder.text")}
        leftSection={<Icon name="find" size={16} />}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        onBlur={apply}
      />
    </form>
  );
}

/** Return the values of the facet that belongs to a condition. */
function valuesOf(facets: readonly Facet[], name: ListName): string[] {
  const by = FACETS.find((facet) => CONDITIONS[facet] === name);
  const values = facets.find((facet) => facet.by === by)?.values ?? [];
  return values.flatMap(({ value }) => (value == null || value === "" ? [] : [value]));
}
