import { Badge, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useConnection } from "../api/live/useLive";

/** Says when the live connection is lost. While it works, nothing needs to be said. */
export function ConnectionBadge() {
  const { t } = useTranslation();
  const state = useConnection();
  const isWorthWords = state === "reconnecting" || state === "polling" || state === "forbidden";
  return (
    <div role="status">
      {isWorthWords && (
        <Tooltip label={t(`app.connection.${state}Hint`)} multiline maw={300}>
          <Badge color={state === "reconnecting" ? "orange" : "gray"} variant="light" tt="none">
            {t(`app.connection.${state}`)}
          </Badge>
        </Tooltip>
      )}
    </div>
  );
}
