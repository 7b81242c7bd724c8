import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { copyText } from "../lib/copyText";
import { Icon } from "./Icon";

interface Props {
  text: string;
  /** Names the copied thing: for screen readers, and as the text of a large button. */
  label: string;
  /** A button with its label in view. */
  isLarge?: boolean;
}

/** Copies a text, also on pages without TLS, and says whether it did. */
export function CopyButton({ text, label, isLarge = false }: Props) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<"copied" | "failed" | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), 2000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => setOutcome((await copyText(text)) ? "copied" : "failed");
  const icon = <Icon name={outcome === "copied" ? "check" : outcome === "failed" ? "cross" : "copy"} size={14} />;
  return (
    <Tooltip
      label={outcome === null ? label : t(`shared.copy.${outcome}`)}
      events={{ hover: true, focus: true, touch: true }}
    >
      {isLarge ? (
        <Button size="xs" variant="default" leftSection={icon} onClick={copy}>
          {outcome === null ? label : t(`shared.copy.${outcome}`)}
        </Button>
      ) : (
        <ActionIcon size="sm" variant="subtle" color="gray" aria-label={label} onClick={copy}>
          {icon}
        </ActionIcon>
      )}
    </Tooltip>
  );
}
