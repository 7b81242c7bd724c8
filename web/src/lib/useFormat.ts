import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { formatAge, formatBytes, formatDuration, formatNumber, formatShare, formatTime } from "./format";

/** Formatters of the chosen language. */
export interface Formatters {
  number(value: number, digits?: number): string;
  share(share: number, digits?: number): string;
  bytes(bytes: number): string;
  duration(seconds: number): string;
  time(iso: string, withSeconds?: boolean): string;
  age(iso: string, now: number): string;
}

/** Return the formatters of the chosen language. */
export function useFormat(): Formatters {
  const { language } = useTranslation().i18n;
  return useMemo(
    () => ({
      number: (value, digits) => formatNumber(value, language, digits),
      share: (share, digits) => formatShare(share, language, digits),
      bytes: (bytes) => formatBytes(bytes, language),
      duration: (seconds) => formatDuration(seconds, language),
      time: (iso, withSeconds) => formatTime(iso, language, withSeconds),
      age: (iso, now) => formatAge(iso, now, language),
    }),
    [language],
  );
}
