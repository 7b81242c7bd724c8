import { Anchor, Button, Group } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FromFile } from "../../../components/FromFile";
import type { ModelData } from "../../data/ModelData";
import { usePage } from "../../state/page";
import { useSceneStore } from "../../state/SceneStore";
import { useActions } from "../../state/useActions";

const FEW = 5;
const MORE = 200;

/** Elements by their GlobalIds: a click selects one and looks at it. */
export function ElementList({ model, globalIds }: { model: ModelData; globalIds: readonly string[] }) {
  const { t } = useTranslation();
  const { federation } = usePage();
  const store = useSceneStore();
  const actions = useActions();
  const [isOpen, setOpen] = useState(false);
  const unique = [...new Set(globalIds)];
  const shown = unique.slice(0, isOpen ? MORE : FEW);
  const select = (wanted: readonly string[]) => {
    const elements = wanted.flatMap((globalId) => federation.find(globalId, model.sha256) ?? []);
    store.dispatch({ do: "select", elements, alone: true });
    actions.fit(elements);
  };
  if (unique.length === 0) return null;
  return (
    <>
      <ul className="report-elements">
        {shown.map((globalId) => (
          <li key={globalId}>
            <Element model={model} globalId={globalId} onSelect={() => select([globalId])} />
          </li>
        ))}
      </ul>
      <Group gap={6}>
        {unique.length > 1 && (
          <Button size="compact-xs" variant="light" onClick={() => select(unique)}>
            {t("model.report.selectAll", { count: unique.length })}
          </Button>
        )}
        {unique.length > FEW && !isOpen && (
          <Button size="compact-xs" variant="subtle" onClick={() => setOpen(true)}>
            {t("model.report.more", { count: Math.min(unique.length, MORE) - FEW })}
          </Button>
        )}
      </Group>
    </>
  );
}

function Element({ model, globalId, onSelect }: { model: ModelData; globalId: string; onSelect(): void }) {
  const row = model.rowsByGlobalId.get(globalId);
  if (row === undefined) return <FromFile>{globalId}</FromFile>;
  return (
    <Anchor component="button" type="button" size="xs" ta="start" onClick={onSelect}>
      <FromFile>{`${model.className(row)} · ${model.name(row) ?? globalId}`}</FromFile>
    </Anchor>
  );
}
