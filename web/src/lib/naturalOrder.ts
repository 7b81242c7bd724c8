/** Compares texts without case and accents, numbers in them by size. */
export const NATURAL_ORDER = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
