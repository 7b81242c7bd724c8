import { append } from "../../lib/append";
import type { Segments } from "./cutting";

/** Corners of a polygon: x, y, and so on. */
export type Loop = number[];

/** Points at this distance are the same, in metres: edges of neighbouring faces may be divided differently. */
const TOLERANCE = 1e-4;
const TURN_BACK = Math.PI - 1e-6;

/** Join lines to closed loops; `open` are those that belong to none. */
export function joined(segments: Segments): { loops: Loop[]; open: Segments } {
  const graph = new Graph(segments);
  const loops: Loop[] = [];
  const open: Segments = [];
  for (let line = 0; line < graph.lines; line++) {
    if (graph.used[line]) continue;
    const { path, isClosed } = graph.walk(line);
    if (!isClosed) for (const part of path) open.push(...segments.slice(part * 4, part * 4 + 4));
    else if (path.length > 2) loops.push(path.flatMap((part) => graph.start(part)));
  }
  return { loops, open };
}

/** The lines by the points where they begin. */
class Graph {
  readonly lines: number;
  readonly used: Uint8Array;
  private readonly points = new Points();
  private readonly from: Int32Array;
  private readonly to: Int32Array;
  private readonly leaving = new Map<number, number[]>();

  constructor(segments: Segments) {
    this.lines = segments.length / 4;
    this.used = new Uint8Array(this.lines);
    this.from = new Int32Array(this.lines);
    this.to = new Int32Array(this.lines);
    for (let line = 0; line < this.lines; line++) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = segments.slice(line * 4, line * 4 + 4);
      const [from, to] = [this.points.at(x1, y1), this.points.at(x2, y2)];
      this.from[line] = from;
      this.to[line] = to;
      if (from === to) this.used[line] = 1;
      else append(this.leaving, from, line);
    }
  }

  start(line: number): [number, number] {
    return this.points.of(this.from[line] as number);
  }

  /** Follow unused lines from one of them, until they come back to its start or end. */
  walk(first: number): { path: number[]; isClosed: boolean } {
    const path: number[] = [];
    const home = this.from[first];
    for (let line: number | null = first; line !== null; line = this.next(line)) {
      this.used[line] = 1;
      path.push(line);
      if (this.to[line] === home) return { path, isClosed: true };
    }
    return { path, isClosed: false };
  }

  /** Where several lines leave a point, turn left: solids that touch there stay apart. */
  private next(line: number): number | null {
    let best: number | null = null;
    let most = -Infinity;
    for (const other of this.leaving.get(this.to[line] as number) ?? []) {
      if (this.used[other]) continue;
      const turn = this.turn(line, other);
      if (best === null || turn > most) [best, most] = [other, turn];
    }
    return best;
  }

  private turn(line: number, other: number): number {
    const [ax, ay] = this.direction(line);
    const [bx, by] = this.direction(other);
    const angle = Math.atan2(ax * by - ay * bx, ax * bx + ay * by);
    return Math.abs(angle) > TURN_BACK ? -Infinity : angle;
  }

  private direction(line: number): [number, number] {
    const [x1, y1] = this.points.of(this.from[line] as number);
    const [x2, y2] = this.points.of(this.to[line] as number);
    return [x2 - x1, y2 - y1];
  }
}

const ROW = 2 ** 27;

/** Numbers points, near ones alike. */
class Points {
  private readonly cells = new Map<number, number>();
  private readonly xy: number[] = [];

  of(point: number): [number, number] {
    return [this.xy[point * 2] as number, this.xy[point * 2 + 1] as number];
  }

  at(x: number, y: number): number {
    const cell = Math.round(x / TOLERANCE) * ROW + Math.round(y / TOLERANCE);
    const known = this.near(cell, x, y) ?? this.beside(cell, x, y);
    if (known !== null) return known;
    const point = this.xy.push(x, y) / 2 - 1;
    this.cells.set(cell, point);
    return point;
  }

  private beside(cell: number, x: number, y: number): number | null {
    for (const right of [-ROW, 0, ROW]) {
      for (const up of [-1, 0, 1]) {
        const known = this.near(cell + right + up, x, y);
        if (known !== null) return known;
      }
    }
    return null;
  }

  private near(cell: number, x: number, y: number): number | null {
    const point = this.cells.get(cell);
    if (point === undefined) return null;
    const [px, py] = this.of(point);
    return Math.abs(px - x) <= TOLERANCE && Math.abs(py - y) <= TOLERANCE ? point : null;
  }
}
