import { useTranslation } from "react-i18next";
import { secondsBetween } from "../lib/format";
import { useFormat } from "../lib/useFormat";
import { useNow } from "../lib/useNow";

/** How long ago something was, kept current; the exact time is its title. */
export function Age({ at }: { at: string }) {
  const format = useFormat();
  return (
    <time dateTime={at} title={format.time(at, true)}>
      {format.age(at, useNow())}
    </time>
  );
}

/** How long something took, or has taken until now. */
export function Duration({ from, to }: { from: string; to?: string | null | undefined }) {
  const format = useFormat();
  return to == null ? <Elapsed from={from} /> : <span>{format.duration(secondsBetween(from, to))}</span>;
}

function Elapsed({ from }: { from: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const seconds = Math.max(0, Math.floor(secondsBetween(from, useNow())));
  return <span title={t("shared.soFar")}>{format.duration(seconds)}</span>;
}
