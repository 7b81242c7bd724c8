export const OPERATORS = ["=", "!=", "<", "<=", ">", ">=", "contains", "exists"] as const;
export type Operator = (typeof OPERATORS)[number];

/** A condition on a property, in the parts of the form. */
export interface Condition {
  path: string;
  operator: Operator;
  value: string;
}

/** Read a condition as the API writes it: `Pset_DoorCommon.FireRating<90`. */
export function parseCondition(text: string): Condition {
  const symbols = /^([^<>=!]+?)\s*(<=|>=|!=|=|<|>)\s*(.*)$/s.exec(text);
  const words = /^(.+?)\s(contains|exists)(?:\s+(.*))?$/s.exec(text);
  const [, path = text, operator = "exists", value = ""] =
    symbols !== null && (words === null || (symbols[1] ?? "").length <= (words[1] ?? "").length)
      ? symbols
      : (words ?? []);
  return { path: path.trim(), operator: operator as Operator, value: value.trim() };
}

/** Write a condition for the API; null while a part is missing. */
export function conditionText({ path, operator, value }: Condition): string | null {
  const name = path.trim();
  if (name === "") return null;
  if (operator === "exists") return `${name} exists`;
  if (value.trim() === "") return null;
  return operator === "contains" ? `${name} contains ${value.trim()}` : `${name}${operator}${value.trim()}`;
}
