/** Numbers, sizes, durations and times in the user's language. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;
const FACTORS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** Return the locale of a language of the application; English days come before months. */
export function localeOf(language: string): string {
  return language === "en" ? "en-GB" : language;
}

/** Format a number with at most `digits` decimals. */
export function formatNumber(value: number, language: string, digits = 0): string {
  return new Intl.NumberFormat(localeOf(language), { maximumFractionDigits: digits }).format(value);
}

/** Format a share from 0 to 1 as percent. */
export function formatShare(share: number, language: string, digits = 0): string {
  return new Intl.NumberFormat(localeOf(language), { style: "percent", maximumFractionDigits: digits }).format(share);
}

/** Format a size in bytes: `24.2 KiB`, three significant digits. */
export function formatBytes(bytes: number, language: string): string {
  const exponent = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const value = bytes / 2 ** (exponent * 10);
  const digits = exponent === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${formatNumber(value, language, digits)} ${UNITS[exponent]}`;
}

/** Return the bytes of a quantity of Kubernetes, such as `1.5Gi`; null for another text. */
export function bytesOf(quantity: string): number | null {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?(?:e\d+)?)([kMGTP]i?|Ki)?$/.exec(quantity) ?? [];
  const factor = FACTORS[unit];
  return amount === undefined || factor === undefined ? null : Number(amount) * factor;
}

/** Format a duration by its two greatest units: `0.03 s`, `3.4 s`, `2 min 05 s`, `1 h 03 min`, `2 d 4 h`. */
export function formatDuration(seconds: number, language: string): string {
  if (seconds < 0.095) return `${formatNumber(Math.max(0, seconds), language, 2)} s`;
  if (seconds < 9.95) return `${formatNumber(Math.max(0, seconds), language, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [minutes, hours, days] = [Math.floor(whole / 60), Math.floor(whole / 3600), Math.floor(whole / 86_400)];
  if (hours === 0) return `${minutes} min ${pad(whole % 60)} s`;
  if (days === 0) return `${hours} h ${pad(minutes % 60)} min`;
  return `${days} d ${hours % 24} h`;
}

/** Format a date with its time in the user's time zone. */
export function formatTime(iso: string, language: string, withSeconds = false): string {
  const timeStyle = withSeconds ? "medium" : "short";
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium", timeStyle }).format(new Date(iso));
}

const AGES: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** Format how long ago something was: `5 minutes ago`. */
export function formatAge(iso: string, now: number, language: string): string {
  const seconds = (now - Date.parse(iso)) / 1000;
  const format = new Intl.RelativeTimeFormat(localeOf(language), { numeric: "auto", style: "short" });
  const [unit, size] = AGES.find(([, size]) => seconds >= size) ?? (["second", 1] as const);
  return format.format(-Math.max(0, Math.floor(seconds / size)), unit);
}

/** Return the seconds from one time to another one. */
export function secondsBetween(start: string, end: string | number): number {
  return ((typeof end === "number" ? end : Date.parse(end)) - Date.parse(start)) / 1000;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
