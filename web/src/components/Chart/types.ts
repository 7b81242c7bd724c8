/** One line or one row of bars of a chart. */
export interface Series {
  name: string;
  /** A CSS colour. */
  colour: string;
  kind: "line" | "bar";
  /** One value per step; null: unknown. */
  values: readonly (number | null)[];
}
