import { Button, Tooltip } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../../components/Icon";
import { copyText } from "../../lib/copyText";
import { useViews } from "./useViews";

type Outcome = "copied" | "failed" | "incomplete";

/** Copies the address of what the page shows. */
export function ShareButton() {
  const { t } = useTranslation();
  const views = useViews();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const copy = async () => {
    const { url, isComplete } = views.link();
    const isCopied = await copyText(url);
    setOutcome(!isCopied ? "failed" : isComplete ? "copied" : "incomplete");
    setTimeout(() => setOutcome(null), 4000);
  };
  return (
    <Tooltip
      label={t(`model.share.${outcome ?? "hint"}`)}
      multiline
      maw={260}
      {...(outcome !== null && { opened: true })}
    >
      <Button
        size="compact-xs"
        variant="subtle"
        leftSection={<Icon name={outcome === "copied" ? "check" : "share"} size={14} />}
        onClick={() => void copy()}
      >
        {t("model.share.label")}
      </Button>
    </Tooltip>
  );
}
