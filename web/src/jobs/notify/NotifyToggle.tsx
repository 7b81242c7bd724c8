import { Switch } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { canNotify, isNotifying, setNotifying } from "./notify";

/** Turns on notifications about finished jobs; absent where the browser cannot show any. */
export function NotifyToggle() {
  const { t } = useTranslation();
  const [isOn, setOn] = useState(isNotifying);
  if (!canNotify()) return null;
  return (
    <Switch
      size="xs"
      label={t("jobs.notify")}
      checked={isOn}
      onChange={({ currentTarget: { checked } }) => void setNotifying(checked).then(setOn)}
    />
  );
}
