import { Group, NumberInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../api/client";
import { useDenial } from "../api/rights";
import { ActionButton } from "../components/ActionButton";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { Problem } from "../components/Problem";
import { changeQueue, type QueueAction, scaleQueue } from "./useQueues";

const ICONS = { hold: "pause", drain: "stop", release: "play", scale: "settings" } as const;
type Action = QueueAction | "scale";

/** Hold, drain or release, and the number of slots. */
export function QueueActions({ queue }: { queue: Schema["Queue"] }) {
  const { t } = useTranslation();
  const denial = useDenial(queue.namespace, "ifcqueues", "patch");
  const [asked, setAsked] = useState<Action | null>(null);
  return (
    <Group gap={6}>
      {actionsOf(queue.stopPolicy).map((action) => (
        <ActionButton
          key={action}
          label={t(`queues.action.${action}`)}
          icon={ICONS[action]}
          denial={denial}
          onClick={() => setAsked(action)}
        />
      ))}
      {asked !== null && <Ask queue={queue} action={asked} onClose={() => setAsked(null)} />}
    </Group>
  );
}

function actionsOf(policy: Schema["Queue"]["stopPolicy"]): Action[] {
  if (policy === "None") return ["hold", "drain", "scale"];
  return policy === "Hold" ? ["release", "drain", "scale"] : ["release", "hold", "scale"];
}

function Ask({ queue, action, onClose }: { queue: Schema["Queue"]; action: Action; onClose(): void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [slots, setSlots] = useState<number | string>(queue.slots);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const isValid = action !== "scale" || (typeof slots === "number" && Number.isInteger(slots) && slots >= 0);
  const run = async () => {
    if (!isValid) return;
    setBusy(true);
    try {
      if (action === "scale") await scaleQueue(queue.namespace, queue.name, Number(slots));
      else await changeQueue(queue.namespace, queue.name, action);
      await queries.invalidateQueries({ queryKey: ["queues", queue.namespace] });
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <ConfirmDialog
      title={t(`queues.ask.${action}`, { name: queue.name })}
      text={t(`queues.effect.${action}`)}
      action={t(`queues.action.${action}`)}
      isDangerous={action === "drain"}
      isBusy={isBusy}
      onConfirm={() => void run()}
      onClose={onClose}
    >
      {action === "scale" && (
        <NumberInput
          label={t("queues.slots")}
          description={queue.maxSlots == null ? undefined : t("queues.slotsMax", { number: queue.maxSlots })}
          value={slots}
          onChange={setSlots}
          min={0}
          max={100_000}
          allowDecimal={false}
          error={!isValid}
          data-autofocus
        />
      )}
      {error !== null && <Problem error={error} />}
    </ConfirmDialog>
  );
}
