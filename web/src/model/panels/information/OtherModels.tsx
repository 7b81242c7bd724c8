import { ActionIcon, Alert, Button, Group, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { api, body } from "../../../api/client";
import { FromFile } from "../../../components/FromFile";
import { Icon } from "../../../components/Icon";
import { useFormat } from "../../../lib/useFormat";
import { visible } from "../../../lib/visible";
import type { ModelData } from "../../data/ModelData";
import { differsInUnits, placementOf } from "../../data/placement";
import { withModels } from "../../state/address";
import { usePage } from "../../state/page";

const MOST_MODELS = 6;

/** The other models of the scene, how they are placed, and one more. */
export function OtherModels() {
  const { t } = useTranslation();
  const { federation } = usePage();
  const show = useShow(federation.models);
  const [first, ...others] = federation.models;
  if (first === undefined) return null;
  return (
    <Stack gap="xs" mb="md">
      {others.map((model) => (
        <Stack key={model.sha256} gap={4}>
          <Group gap={4} wrap="nowrap">
            <Text size="xs" flex={1}>
              <FromFile>{model.label}</FromFile>
            </Text>
            <ActionIcon
              size="sm"
              variant="subtle"
              color="gray"
              aria-label={t("model.federation.remove", { name: model.label })}
              onClick={() => show(others.filter((other) => other !== model).map((other) => other.sha256))}
            >
              <Icon name="cross" size={14} />
            </ActionIcon>
          </Group>
          <Placement first={first} model={model} />
        </Stack>
      ))}
      {others.length + 1 < MOST_MODELS && (
        <AddModel shown={federation.models} onAdd={(sha256) => show([...others.map((o) => o.sha256), sha256])} />
      )}
    </Stack>
  );
}

/** Says how a model is placed beside the first one; what may be wrong is a warning. */
function Placement({ first, model }: { first: ModelData; model: ModelData }) {
  const { t } = useTranslation();
  const [here, there] = [first.model.metadata, model.model.metadata];
  const format = useFormat();
  const { relation, factor } = placementOf(here, there);
  return (
    <>
      <Alert color={relation === "sameMap" || relation === "placedByMap" ? "green" : "orange"} p="xs">
        <Text size="xs">
          {t(`model.federation.${relation}`, { factor: format.number(Number(factor.toPrecision(3)), 12) })}
        </Text>
      </Alert>
      {differsInUnits(here, there) && (
        <Alert color="orange" p="xs">
          <Text size="xs">{t("model.federation.units")}</Text>
        </Alert>
      )}
    </>
  );
}

function AddModel({ shown, onAdd }: { shown: readonly ModelData[]; onAdd(sha256: string): void }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { data } = useQuery({
    queryKey: ["models"],
    queryFn: ({ signal }) => body(api.GET("/api/v1/models", { params: { query: { limit: 1000 } }, signal })),
    enabled: isOpen,
  });
  const here = new Set(shown.map((model) => model.sha256));
  const options = (data?.items ?? [])
    .filter((model) => !here.has(model.sha256))
    .map((model) => ({
      value: model.sha256,
      label: visible(`${model.fileName ?? model.job} (${model.namespace}/${model.job})`),
    }));
  if (!isOpen)
    return (
      <Button size="xs" variant="default" onClick={() => setOpen(true)}>
        {t("model.federation.add")}
      </Button>
    );
  return (
    <Select
      label={t("model.federation.add")}
      placeholder={t("model.federation.choose")}
      data={options}
      value={null}
      onChange={(sha256) => sha256 !== null && onAdd(sha256)}
      nothingFoundMessage={t("model.federation.noOther")}
      searchable
      limit={100}
      size="xs"
    />
  );
}

/** Return what shows other models beside the first one; the state of the page stays in the address. */
function useShow(models: readonly ModelData[]): (others: readonly string[]) => void {
  const [path, navigate] = useLocation();
  return (others) => {
    const before = models.map((model) => model.sha256);
    const query = withModels(window.location.search, before, [...before.slice(0, 1), ...others]);
    navigate(query === "" ? path : `${path}?${query}`);
  };
}
