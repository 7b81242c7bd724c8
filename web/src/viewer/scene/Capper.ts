import type { HalfSpace } from "./clipping";
import type { SceneModel } from "./SceneModel";

/** Closes cut solids: loads the code for it with the first section, and drops caps that come too late. */
export class Capper {
  private turn = 0;

  constructor(private readonly onChange: () => void) {}

  /** Make the caps of all models anew; those before stay until then, so that they do not flicker. */
  async cut(models: ReadonlyMap<string, SceneModel>, planes: readonly HalfSpace[]): Promise<void> {
    const turn = ++this.turn;
    if (planes.length === 0) for (const model of models.values()) model.setCaps(null);
    // Without the code, cut solids show their inside.
    const code = planes.length === 0 ? null : await import("../caps").catch(() => null);
    for (const model of code === null ? [] : [...models.values()]) {
      const isCurrent = () => this.turn === turn && models.get(model.id) === model;
      const local = planes.map(({ normal, height }) => ({ normal, height: height - normal.dot(model.offset) }));
      // Caps that fail leave those of the other models.
      const caps = await code?.capsOf(model, local, isCurrent).catch(() => null);
      if (caps === undefined || !isCurrent()) continue;
      model.setCaps(caps);
      this.onChange();
    }
  }

  /** Drop what is still being made. */
  stop(): void {
    this.turn++;
  }
}
