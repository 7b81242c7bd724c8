import { Button, Group, MultiSelect, SegmentedControl, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../components/Problem";
import { useFormat } from "../../lib/useFormat";
import type { Matches } from "../data/useMatches";
import { usePage } from "../state/page";
import { useScene, useSceneStore } from "../state/SceneStore";
import { type ElementFilter, isFiltering, NO_FILTER } from "../state/scene";
import { ConditionForm, ConditionList, MOST_CONDITIONS } from "./Conditions";
import { optionsOf } from "./filterOptions";
import { PanelFrame } from "./PanelFrame";

/** Filters the elements by class, storey and properties. */
export function FilterPanel({ matches }: { matches: Matches }) {
  const { t } = useTranslation();
  const { federation, scene } = usePage();
  const store = useSceneStore();
  const filter = useScene((state) => state.filter);
  const options = useMemo(() => optionsOf(federation, scene), [federation, scene]);
  const change = (changes: Partial<ElementFilter>) =>
    store.dispatch({ do: "set", changes: { filter: { ...store.get().filter, ...changes } } });
  return (
    <PanelFrame title={t("model.panels.filter")}>
      <div className="panel-scroll">
        <Stack gap="sm" pb="sm">
          <MultiSelect
            label={t("model.filter.classes")}
            placeholder={filter.classes.length === 0 ? t("model.filter.allClasses") : ""}
            data={options.classes}
            value={[...filter.classes]}
            onChange={(classes) => change({ classes })}
            searchable
            clearable
            size="xs"
          />
          <MultiSelect
            label={t("model.filter.storeys")}
            placeholder={filter.storeys.length === 0 ? t("model.filter.allStoreys") : ""}
            data={options.storeys}
            value={[...filter.storeys]}
            onChange={(storeys) => change({ storeys })}
            searchable
            clearable
            size="xs"
          />
          <ConditionList conditions={filter.conditions} onChange={(conditions) => change({ conditions })} />
          {filter.conditions.length < MOST_CONDITIONS && (
            <ConditionForm
              onAdd={(condition) => change({ conditions: [...new Set([...filter.conditions, condition])] })}
            />
          )}
          {matches.error !== null && <Problem error={matches.error} />}
          {isFiltering(filter) && <Outcome matches={matches} onClear={() => change(NO_FILTER)} />}
        </Stack>
      </div>
    </PanelFrame>
  );
}

function Outcome({ matches, onClear }: { matches: Matches; onClear(): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const store = useSceneStore();
  const xray = useScene((state) => state.xray);
  const elements = matches.elements;
  return (
    <Stack gap="xs" role="status">
      <Text size="sm" fw={600}>
        {elements === null
          ? t("model.filter.searching")
          : t("model.filter.found", { count: elements.size, number: format.number(elements.size) })}
      </Text>
      <SegmentedControl
        size="xs"
        aria-label={t("model.filter.rest")}
        data={[
          { value: "hidden", label: t("model.filter.restHidden") },
          { value: "ghosted", label: t("model.filter.restGhosted") },
        ]}
        value={xray ? "ghosted" : "hidden"}
        onChange={(value) => store.dispatch({ do: "set", changes: { xray: value === "ghosted" } })}
      />
      <Group gap="xs">
        <Button
          size="xs"
          variant="light"
          disabled={elements === null || elements.size === 0}
          onClick={() => store.dispatch({ do: "select", elements: elements ?? [], alone: true })}
        >
          {t("model.filter.select")}
        </Button>
        <Button size="xs" variant="default" onClick={onClear}>
          {t("model.filter.clear")}
        </Button>
      </Group>
    </Stack>
  );
}
