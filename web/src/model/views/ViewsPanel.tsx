import { ActionIcon, Alert, Button, FileButton, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { FromFile } from "../../components/FromFile";
import { Icon } from "../../components/Icon";
import { saveBlob } from "../../lib/saveBlob";
import { useFormat } from "../../lib/useFormat";
import { PanelFrame } from "../panels/PanelFrame";
import { usePage } from "../state/page";
import { ShareButton } from "./ShareButton";
import { type SavedView, useSavedViews } from "./savedViews";
import { useViews } from "./useViews";
import "./views.css";

/** Saved views, the link to share, and the exchange by BCF. */
export function ViewsPanel() {
  const { t } = useTranslation();
  const { federation } = usePage();
  const saved = useSavedViews(federation.models[0]?.sha256 ?? "");
  const views = useViews();
  const [name, setName] = useState("");
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const title = name.trim() || t("model.views.unnamed", { number: saved.views.length + 1 });
    saved.add([await views.current(title)]);
    setName("");
  };
  return (
    <PanelFrame title={t("model.panels.views")} tools={<ShareButton />}>
      <form onSubmit={(event) => void save(event)}>
        <Group gap={6} wrap="nowrap">
          <TextInput
            aria-label={t("model.views.name")}
            placeholder={t("model.views.name")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={120}
            size="xs"
            flex={1}
          />
          <Button type="submit" size="xs">
            {t("model.views.save")}
          </Button>
        </Group>
      </form>
      <div className="panel-scroll">
        {saved.views.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("model.views.none")}
          </Text>
        )}
        <Stack component="ul" gap={8} p={0} m={0} className="views">
          {saved.views.map((view) => (
            <ViewCard
              key={view.id}
              view={view}
              onShow={() => views.show(view.query)}
              onRemove={() => saved.remove(view.id)}
            />
          ))}
        </Stack>
      </div>
      <Exchange saved={saved} />
    </PanelFrame>
  );
}

function ViewCard({ view, onShow, onRemove }: { view: SavedView; onShow(): void; onRemove(): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <li className="view">
      <button type="button" className="view-show" onClick={onShow}>
        {view.picture === null ? (
          <span className="view-picture" />
        ) : (
          <img src={view.picture} alt="" className="view-picture" />
        )}
        <span className="view-text">
          <FromFile className="view-name">{view.name}</FromFile>
          <Text size="xs" c="dimmed">
            {format.time(view.created)}
          </Text>
        </span>
      </button>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={t("model.views.remove", { name: view.name })}
        onClick={onRemove}
      >
        <Icon name="trash" size={15} />
      </ActionIcon>
    </li>
  );
}

/** Export and import by BCF; its code is loaded when it is used. */
function Exchange({ saved }: { saved: ReturnType<typeof useSavedViews> }) {
  const { t } = useTranslation();
  const { federation } = usePage();
  const views = useViews();
  const [outcome, setOutcome] = useState<{ isError: boolean; text: string } | null>(null);
  const label = federation.models[0]?.label.replace(/\.[^.]*$/, "") ?? "model";
  const run = async (work: () => Promise<string | null>) => {
    try {
      const text = await work();
      setOutcome(text === null ? null : { isError: false, text });
    } catch (error) {
      setOutcome({ isError: true, text: error instanceof Error ? error.message : String(error) });
    }
  };
  const write = (list: readonly Omit<SavedView, "id">[]) =>
    import("./exchange").then(async ({ exportViews }) => {
      saveBlob(await exportViews(federation, list, "ifcjob"), `${label}.bcfzip`);
      return null;
    });
  const read = (file: File) =>
    import("./exchange").then(async ({ importViews }) => {
      const added = await importViews(federation, file, views.distance);
      saved.add(added);
      if (added[0] !== undefined) views.show(added[0].query);
      return t("model.views.imported", { count: added.length });
    });
  return (
    <Stack gap={6} className="exchange">
      <Title order={3} size="xs">
        {t("model.views.bcf")}
      </Title>
      <Group gap={6}>
        <Button
          size="xs"
          variant="default"
          onClick={() => void run(async () => write([await views.current(label, true)]))}
        >
          {t("model.views.exportCurrent")}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={saved.views.length === 0}
          onClick={() => void run(() => write(saved.views))}
        >
          {t("model.views.exportSaved")}
        </Button>
        <FileButton onChange={(file) => file !== null && void run(() => read(file))} accept=".bcf,.bcfzip,.zip">
          {(props) => (
            <Button size="xs" variant="default" {...props}>
              {t("model.views.import")}
            </Button>
          )}
        </FileButton>
      </Group>
      {outcome !== null && (
        <Alert
          color={outcome.isError ? "red" : "green"}
          role="status"
          p="xs"
          title={outcome.isError ? t("model.views.unreadable") : undefined}
          withCloseButton
          closeButtonLabel={t("model.close")}
          onClose={() => setOutcome(null)}
        >
          <FromFile>{outcome.text}</FromFile>
        </Alert>
      )}
    </Stack>
  );
}
