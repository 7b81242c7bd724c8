/** Return the selection after a click on a row; with Shift, all rows from the last click on take its state. */
export function toggled(
  selected: ReadonlySet<string>,
  keys: readonly string[],
  key: string,
  anchor: string | null,
  isRange: boolean,
): Set<string> {
  const result = new Set(selected);
  const [from, to] = [anchor === null ? -1 : keys.indexOf(anchor), keys.indexOf(key)];
  const isRangeKnown = isRange && from >= 0 && to >= 0;
  const affected = isRangeKnown ? keys.slice(Math.min(from, to), Math.max(from, to) + 1) : [key];
  const add = !selected.has(key);
  for (const one of affected) {
    if (add) result.add(one);
    else result.delete(one);
  }
  return result;
}

/** Return `all`, `some` or `none` of the rows. */
export function extent(selected: ReadonlySet<string>, keys: readonly string[]): "all" | "some" | "none" {
  const count = keys.reduce((sum, key) => sum + Number(selected.has(key)), 0);
  if (count === 0) return "none";
  return count === keys.length ? "all" : "some";
}
