import { Group, Pill, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLiveContent, useQueueNames } from "../api/live/useLive";
import { useMe } from "../api/me";
import { Icon } from "../components/Icon";
import { visible } from "../lib/visible";
import { type JobFilter, withWords } from "./list/filter";

interface Props {
  namespace: string;
  /** The history has no filters for owners and labels. */
  isHistory?: boolean;
  filter: JobFilter;
  onChange(filter: JobFilter): void;
}

/** One field for words and for `queue:night label:project=tower`, and menus for those who prefer to choose. */
export function FilterBar({ namespace, isHistory = false, filter, onChange }: Props) {
  const { t } = useTranslation();
  const queues = sorted(useQueueNames(namespace), filter.queue);
  return (
    <Group gap="xs" align="flex-end">
      <SearchField isHistory={isHistory} filter={filter} onChange={onChange} />
      <Select
        size="sm"
        w={150}
        aria-label={t("jobs.column.queue")}
        placeholder={t("jobs.anyQueue")}
        data={queues}
        value={filter.queue}
        onChange={(queue) => onChange({ ...filter, queue })}
        clearable
        clearButtonProps={{ "aria-label": t("jobs.anyQueue") }}
      />
      {!isHistory && <OwnerAndLabels namespace={namespace} filter={filter} onChange={onChange} />}
    </Group>
  );
}

function OwnerAndLabels({ namespace, filter, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <Select
        size="sm"
        w={150}
        aria-label={t("jobs.column.owner")}
        placeholder={t("jobs.anyOwner")}
        data={sorted(useOwners(namespace), filter.owner)}
        value={filter.owner}
        onChange={(owner) => onChange({ ...filter, owner })}
        clearable
        searchable
        clearButtonProps={{ "aria-label": t("jobs.anyOwner") }}
      />
      {filter.labels.map((label) => (
        <Pill
          key={label}
          size="md"
          withRemoveButton
          onRemove={() => onChange({ ...filter, labels: filter.labels.filter((other) => other !== label) })}
          removeButtonProps={{ "aria-label": t("jobs.removeLabel", { label }), tabIndex: 0, "aria-hidden": false }}
        >
          {visible(label)}
        </Pill>
      ))}
    </>
  );
}

function SearchField({ isHistory = false, filter, onChange }: Omit<Props, "namespace">) {
  const { t } = useTranslation();
  const [input, setInput] = useState(filter.text);
  const sent = useRef(filter.text);
  // Others change the text too, such as "Clear the filter"; its own text comes back without the space at its end.
  useEffect(() => {
    if (filter.text !== sent.current) setInput(filter.text);
    sent.current = filter.text;
  }, [filter.text]);
  const send = (text: string) => {
    const next = withWords(filter, text, isHistory);
    sent.current = next.text;
    // Words that became filters leave the field.
    if (next.text !== text.replace(/\s+/g, " ").trim())
      setInput(/\s$/.test(text) && next.text ? `${next.text} ` : next.text);
    onChange(next);
  };
  const search = useDebouncedCallback((text: string) => {
    // A filter that is being typed is taken at Enter or a space.
    if (!/(^|\s)\w+:\S*$/.test(text)) send(text);
  }, 250);
  const commit = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    search.cancel();
    send(input.trim());
  };
  return (
    <TextInput
      type="search"
      size="sm"
      flex="1 1 260px"
      maw={480}
      aria-label={t("jobs.search")}
      placeholder={t(isHistory ? "jobs.searchHistoryHint" : "jobs.searchHint")}
      title={t(isHistory ? "jobs.searchHistoryHelp" : "jobs.searchHelp")}
      leftSection={<Icon name="find" size={16} />}
      value={input}
      onChange={({ currentTarget: { value } }) => {
        setInput(value);
        search(value);
      }}
      onKeyDown={commit}
    />
  );
}

function useOwners(namespace: string): string[] {
  const { data: me } = useMe();
  const owners = useLiveContent(({ jobs }) => [
    ...new Set([...jobs.values()].flatMap((job) => (job.namespace === namespace && job.owner ? [job.owner] : []))),
  ]);
  return [...owners, me?.name ?? ""];
}

function sorted(names: readonly string[], chosen: string | null): string[] {
  return [...new Set([...names, chosen ?? ""])].filter((name) => name !== "").sort();
}
