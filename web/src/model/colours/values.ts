import type { Schema } from "../../api/client";
import type { ElementNumber, Federation } from "../data/Federation";
import type { ModelData } from "../data/ModelData";
import type { ColourBy } from "../state/scene";
import type { Value } from "./legend";

export type PropertyAnswer = Schema["ElementValues"];

/** Return the value of each element with geometry; `answers` are the property's values per model. */
export function valuesBy(
  federation: Federation,
  colourBy: ColourBy,
  answers: readonly PropertyAnswer[] | null,
): Map<ElementNumber, Value | null> {
  const values = new Map<ElementNumber, Value | null>();
  const properties = answers?.map(byStepId) ?? [];
  for (const element of federation.withGeometry()) {
    const place = federation.placeOf(element);
    const { model, row } = federation.locate(element);
    if (typeof colourBy === "object")
      values.set(element, properties[place]?.get(model.columns.stepId[row] ?? -1) ?? null);
    else {
      const text = columnText(model, row, colourBy);
      values.set(element, text === null ? null : { text, number: null, unit: null });
    }
  }
  return values;
}

function columnText(model: ModelData, row: number, column: Exclude<ColourBy, object>): string | null {
  switch (column) {
    case "class":
      return model.className(row);
    case "model":
      return model.label;
    case "storey": {
      const storey = model.storey(row);
      return storey === null ? null : (model.name(storey) ?? model.columns.globalId[storey] ?? null);
    }
    case "type": {
      const type = model.typeIndex(row);
      const value = type === null ? undefined : model.columns.type.values[type];
      return value === undefined ? null : value.name || value.globalId;
    }
    case "material":
      return [...new Set(model.materials(row))].sort().join(", ") || null;
  }
}

/** Return the value by STEP id; several values of an element are one text. */
function byStepId(answer: PropertyAnswer): Map<number, Value> {
  const found = new Map<number, Value>();
  for (const [place, stepId] of answer.stepId.entries()) {
    const value = answer.values[answer.index[place] ?? -1];
    if (value === undefined) continue;
    const before = found.get(stepId);
    const unit = value.unit ?? null;
    if (before === undefined) found.set(stepId, { text: value.value, number: value.number ?? null, unit });
    else
      found.set(stepId, { text: `${withUnit(before)}; ${value.value} ${unit ?? ""}`.trim(), number: null, unit: null });
  }
  return found;
}

function withUnit({ text, unit }: Value): string {
  return unit === null ? text : `${text} ${unit}`;
}
