import type { ModelData } from "./ModelData";

/** An element of the scene: where its model begins in the numbering, plus its row. */
export type ElementNumber = number;

const NONE: ReadonlySet<ElementNumber> = new Set();

/** The models of a page with one numbering of all their elements. */
export class Federation {
  private readonly starts: number[] = [];
  readonly total: number;

  constructor(readonly models: readonly ModelData[]) {
    let start = 0;
    for (const model of models) {
      this.starts.push(start);
      start += model.columns.total;
    }
    this.total = start;
  }

  /** Return the place of an element's model. */
  placeOf(element: ElementNumber): number {
    let place = this.starts.length - 1;
    while (place > 0 && element < (this.starts[place] ?? 0)) place -= 1;
    return place;
  }

  startOf(place: number): number {
    return this.starts[place] ?? 0;
  }

  /** Return the model of an element, and its row there. */
  locate(element: ElementNumber): { model: ModelData; row: number } {
    const place = this.placeOf(element);
    const model = this.models[place];
    if (model === undefined) throw new RangeError(`no model has the element ${element}`);
    return { model, row: element - this.startOf(place) };
  }

  /** Return the element with a GlobalId: of one model, or of the first model that has it. */
  find(globalId: string, sha256?: string): ElementNumber | null {
    for (const [place, model] of this.models.entries()) {
      if (sha256 !== undefined && model.sha256 !== sha256) continue;
      const row = model.rowsByGlobalId.get(globalId);
      if (row !== undefined) return this.startOf(place) + row;
    }
    return null;
  }

  globalId(element: ElementNumber): string {
    const { model, row } = this.locate(element);
    return model.columns.globalId[row] ?? "";
  }

  /** Whether an element has geometry of its own, and others below it. */
  hasParts(element: ElementNumber): boolean {
    const { model, row } = this.locate(element);
    return model.hasGeometry(row) && model.children(row).length > 0;
  }

  /**
   * Return elements together with everything below them: a storey stands for all that is in it. Of those in `alone`, only
   * the ones without geometry bring what is below them.
   */
  withParts(elements: Iterable<ElementNumber>, alone: ReadonlySet<ElementNumber> = NONE): Set<ElementNumber> {
    const all = new Set<ElementNumber>();
    const pending = [...elements];
    for (let element = pending.pop(); element !== undefined; element = pending.pop()) {
      if (all.has(element)) continue;
      all.add(element);
      const { model, row } = this.locate(element);
      if (alone.has(element) && model.hasGeometry(row)) continue;
      const start = element - row;
      for (const child of model.children(row)) pending.push(start + child);
    }
    return all;
  }

  /** Return the elements of one model, as rows. */
  rowsOf(place: number, elements: Iterable<ElementNumber>): number[] {
    const start = this.startOf(place);
    const end = start + (this.models[place]?.columns.total ?? 0);
    const rows: number[] = [];
    for (const element of elements) if (element >= start && element < end) rows.push(element - start);
    return rows;
  }

  /** All elements that have triangles. */
  *withGeometry(): Generator<ElementNumber> {
    for (const [place, model] of this.models.entries())
      for (let row = 0; row < model.columns.total; row += 1)
        if (model.hasGeometry(row)) yield this.startOf(place) + row;
  }
}
