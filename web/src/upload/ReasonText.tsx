import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { FromFile } from "../components/FromFile";
import { useFormat } from "../lib/useFormat";
import type { Reason } from "./uploader/types";

/** Says why a file cannot be processed, and what to do. */
export function ReasonText({ reason }: { reason: Reason }) {
  const words = useReasonText(reason);
  return (
    <Text size="xs" className="error-text">
      <FromFile>{words}</FromFile>
    </Text>
  );
}

function useReasonText(reason: Reason): string {
  const { t } = useTranslation();
  const format = useFormat();
  if (reason.kind === "problem") return reason.detail;
  const values = Object.entries(reason.values ?? {}).map(([name, value]) => [
    name,
    typeof value === "number" ? format.bytes(value) : value,
  ]);
  return t(`upload.reason.${reason.key}`, Object.fromEntries(values));
}
