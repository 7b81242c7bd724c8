import type { Measurement, MeasureTool, Vec3 } from "../types";
import { measured, POINTS, textOf } from "./measures";
import type { Overlay } from "./Overlay";

/** What the user measures: finished measurements and the points of the one being made. */
export class Measuring {
  tool: MeasureTool | null = null;
  private results: Measurement[] = [];
  private points: Vec3[] = [];
  private hovered: { point: Vec3; snapped: boolean } | null = null;
  private nextId = 1;

  constructor(
    private readonly onResults: (results: Measurement[]) => void,
    private readonly onChange: () => void,
  ) {}

  start(tool: MeasureTool | null): void {
    this.tool = tool;
    this.cancel();
  }

  /** The user clicked a point of the model. */
  click(point: Vec3, isNear: (a: Vec3, b: Vec3) => boolean): void {
    if (this.tool === null) return;
    const last = this.points.at(-1);
    if (last !== undefined && isNear(last, point)) return;
    const first = this.points[0];
    if (this.tool === "area" && this.points.length > 2 && first !== undefined && isNear(first, point)) {
      this.finish();
      return;
    }
    this.points.push(point);
    if (this.points.length === POINTS[this.tool]) this.finish();
    this.onChange();
  }

  hover(point: Vec3 | null, snapped: boolean): void {
    if (point === null && this.hovered === null) return;
    this.hovered = point && { point, snapped };
    this.onChange();
  }

  /** Close an area. */
  finish(): void {
    if (this.tool !== null && this.points.length >= Math.min(POINTS[this.tool], 3)) {
      const { tool, points } = this;
      this.results = [...this.results, { id: this.nextId++, tool, points, value: measured(tool, points) }];
      this.points = [];
      this.onResults(this.results);
    }
    this.onChange();
  }

  /** Drop the points of the unfinished measurement; returns whether there were any. */
  cancel(): boolean {
    const had = this.points.length > 0;
    this.points = [];
    this.hovered = null;
    this.onChange();
    return had;
  }

  clear(): void {
    this.results = [];
    this.cancel();
    this.onResults(this.results);
  }

  draw(overlay: Overlay): void {
    for (const { tool, points, value } of this.results) this.drawOne(overlay, tool, points, value, false);
    const { tool, hovered } = this;
    if (tool === null) return;
    const points = hovered === null ? this.points : [...this.points, hovered.point];
    if (this.points.length > 0) {
      const complete = points.length >= Math.min(POINTS[tool], 3);
      this.drawOne(overlay, tool, points, complete ? measured(tool, points) : null, true);
    }
    if (hovered !== null) overlay.dot(hovered.point, hovered.snapped ? "snapped" : "free");
  }

  private drawOne(overlay: Overlay, tool: MeasureTool, points: Vec3[], value: number | null, draft: boolean): void {
    overlay.line(points, tool === "area" && points.length > 2, draft ? "draft" : "measure");
    for (const point of points) overlay.dot(point, "measure");
    if (value === null) return;
    overlay.label(tool === "angle" ? (points[1] as Vec3) : middleOf(points), textOf(tool, value, overlay.language));
  }
}

function middleOf(points: Vec3[]): Vec3 {
  const sum: Vec3 = [0, 0, 0];
  for (const point of points) for (const axis of [0, 1, 2] as const) sum[axis] += point[axis] / points.length;
  return sum;
}
