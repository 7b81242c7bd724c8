import type { Schema } from "../../api/client";

export type Columns = Schema["ElementColumns"];
export type Model = Schema["Model"];

/** One model with the columns of its elements; a row is the place of an element in all columns. */
export class ModelData {
  readonly rowsByGlobalId = new Map<string, number>();
  readonly rowsByStepId = new Map<number, number>();
  private readonly childRows: number[][] = [];

  constructor(
    readonly model: Model,
    readonly columns: Columns,
  ) {
    for (let row = columns.total - 1; row >= 0; row -= 1) {
      this.rowsByGlobalId.set(columns.globalId[row] ?? "", row);
      this.rowsByStepId.set(columns.stepId[row] ?? 0, row);
    }
    for (let row = 0; row < columns.total; row += 1) {
      const parent = columns.parent[row];
      if (parent === null || parent === undefined || parent < 0 || parent === row) continue;
      const siblings = this.childRows[parent];
      if (siblings === undefined) this.childRows[parent] = [row];
      else siblings.push(row);
    }
  }

  get sha256(): string {
    return this.model.sha256;
  }

  /** The name of the file, or of the job. */
  get label(): string {
    return this.model.fileName ?? this.model.job;
  }

  /** The elements below one in the spatial tree. */
  children(row: number): readonly number[] {
    return this.childRows[row] ?? [];
  }

  className(row: number): string {
    return text(this.columns.class, row) ?? "";
  }

  /** The name of an element; null without one. */
  name(row: number): string | null {
    return this.columns.name[row] || null;
  }

  hasGeometry(row: number): boolean {
    return (this.columns.triangles[row] ?? 0) > 0;
  }

  storey(row: number): number | null {
    return this.columns.storey[row] ?? null;
  }

  typeIndex(row: number): number | null {
    return this.columns.type.index[row] ?? null;
  }

  materials(row: number): string[] {
    return texts(this.columns.materials, row);
  }
}

function text(column: Schema["TextColumn"], row: number): string | null {
  const place = column.index[row];
  return place === null || place === undefined ? null : (column.values[place] ?? null);
}

function texts(column: Schema["TextListColumn"], row: number): string[] {
  return (column.index[row] ?? []).map((place) => column.values[place] ?? "");
}
