import { type OptionsFilter, Select } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { append } from "../../lib/append";
import { visible } from "../../lib/visible";
import { useProperties } from "../data/useProperties";
import { usePage } from "../state/page";

interface Props {
  label: string;
  value: string | null;
  onChange(path: string | null): void;
}

/** Chooses one of the properties of the models, by set. */
export function PropertySelect({ label, value, onChange }: Props) {
  const { t } = useTranslation();
  const { federation } = usePage();
  const properties = useProperties(federation);
  const data = useMemo(() => {
    const sets = new Map<string, { value: string; label: string }[]>();
    for (const { path, set, name } of properties ?? []) {
      const group = set === "" ? t("model.withoutSet") : visible(set);
      append(sets, group, { value: path, label: visible(name) });
    }
    return [...sets].map(([group, items]) => ({ group, items }));
  }, [properties, t]);
  return (
    <Select
      label={label}
      placeholder={t(properties === null ? "model.loadingProperties" : "model.chooseProperty")}
      data={data}
      value={value}
      onChange={onChange}
      searchable
      limit={150}
      size="xs"
      nothingFoundMessage={t("model.noProperty")}
      disabled={properties === null}
      filter={filterOptions}
      maxDropdownHeight={320}
    />
  );
}

/** A search for a set finds all its properties. */
const filterOptions: OptionsFilter<string> = ({ options, search }) => {
  const wanted = search.trim().toLocaleLowerCase();
  if (wanted === "") return options;
  return options.flatMap((option): typeof options => {
    if (!("items" in option)) return option.label.toLocaleLowerCase().includes(wanted) ? [option] : [];
    if (String(option.group).toLocaleLowerCase().includes(wanted)) return [option];
    const items = option.items.filter((item) => item.label.toLocaleLowerCase().includes(wanted));
    return items.length > 0 ? [{ ...option, items }] : [];
  });
};
