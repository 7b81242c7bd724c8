import { Alert, Button, Group, List, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ApiError, detailOf } from "../api/problem";

interface Props {
  error: unknown;
  onRetry?: () => void;
}

/** An error with what to do next. */
export function Problem({ error, onRetry }: Props) {
  const { t } = useTranslation();
  const { title, detail, errors } = useWords(error);
  return (
    <Alert color="red" title={title} m="md" role="alert">
      <Text size="sm" className="from-file">
        {detail}
      </Text>
      {errors.length > 0 && (
        <List size="sm">
          {errors.map((part) => (
            <List.Item key={part.pointer}>
              {part.pointer}: {part.detail}
            </List.Item>
          ))}
        </List>
      )}
      {onRetry !== undefined && (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={onRetry}>
            {t("app.tryAgain")}
          </Button>
        </Group>
      )}
    </Alert>
  );
}

function useWords(error: unknown): { title: string; detail: string; errors: ApiError["errors"] } {
  const { t } = useTranslation();
  if (isNotLoaded(error)) return { title: t("app.notLoaded"), detail: t("app.notLoadedHint"), errors: [] };
  if (!(error instanceof ApiError)) {
    return { title: t("app.broken"), detail: detailOf(error), errors: [] };
  }
  if (error.code === "Network") return { title: t("app.offline"), detail: t("app.offlineHint"), errors: [] };
  return error;
}

/** Return whether the code of a page could not be loaded: browsers have no name for this error, only words. */
export function isNotLoaded(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.message.startsWith("Unable to preload") || (error instanceof TypeError && /\bmodule\b/i.test(error.message))
  );
}
