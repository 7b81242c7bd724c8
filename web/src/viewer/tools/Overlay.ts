import type { Vec3 } from "../types";

/** A place in CSS pixels from the upper left of the picture. */
export interface Place {
  x: number;
  y: number;
}

/** Projects points and lines of the world; null where nothing is in front of the camera. */
export interface Projector {
  point(point: Vec3): Place | null;
  segment(from: Vec3, to: Vec3): [Place, Place] | null;
}

export type LineStyle = "measure" | "draft" | "section";
export type DotStyle = "measure" | "snapped" | "free";

const ACCENT = "#d6336c";
const SECTION = "#1971c2";
const FONT = "600 13px system-ui, sans-serif";

/** Lines, points and labels over the 3D picture: always one sharp pixel size, and part of screenshots. */
export class Overlay {
  readonly canvas = document.createElement("canvas");
  private readonly context: CanvasRenderingContext2D | null;
  private ratio = 1;
  private isEmpty = true;

  constructor(
    container: HTMLElement,
    private readonly projector: Projector,
  ) {
    this.canvas.style.cssText = "position:absolute;inset:0;width:100%;height:100%;pointer-events:none";
    this.context = this.canvas.getContext("2d");
    container.append(this.canvas);
  }

  /** The language of the page, for numbers. */
  get language(): string | undefined {
    return document.documentElement.lang || undefined;
  }

  /** Make a new drawing. */
  redraw(draw: () => void): void {
    const wasEmpty = this.isEmpty;
    this.isEmpty = true;
    draw();
    // A screenshot takes this canvas whether it is visible or not.
    if (this.isEmpty && !wasEmpty) this.clear();
    // An empty layer would still cost the browser time in every frame.
    this.canvas.style.visibility = this.isEmpty ? "hidden" : "visible";
  }

  /** The pen, on a clean sheet of the container's size. */
  private get pen(): CanvasRenderingContext2D | null {
    if (this.isEmpty) this.clear();
    this.isEmpty = false;
    return this.context;
  }

  private clear(): void {
    const { clientWidth, clientHeight } = this.canvas;
    this.ratio = Math.min(window.devicePixelRatio, 2);
    const width = Math.round(clientWidth * this.ratio);
    const height = Math.round(clientHeight * this.ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.context?.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.context?.clearRect(0, 0, clientWidth, clientHeight);
  }

  line(points: readonly Vec3[], closed: boolean, style: LineStyle): void {
    const ends = closed ? [...points, ...points.slice(0, 1)] : points;
    const { pen } = this;
    if (pen === null) return;
    pen.beginPath();
    for (let index = 0; index + 1 < ends.length; index++) {
      const segment = this.projector.segment(ends[index] as Vec3, ends[index + 1] as Vec3);
      if (segment === null) continue;
      pen.moveTo(segment[0].x, segment[0].y);
      pen.lineTo(segment[1].x, segment[1].y);
    }
    pen.setLineDash(style === "draft" ? [6, 4] : []);
    // A white line below keeps it visible on every colour.
    for (const [colour, width] of [
      ["#ffffffcc", 4],
      [style === "section" ? SECTION : ACCENT, 2],
    ] as const) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke();
    }
    pen.setLineDash([]);
  }

  dot(point: Vec3, style: DotStyle): void {
    const place = this.projector.point(point);
    const { pen } = this;
    if (place === null || pen === null) return;
    pen.beginPath();
    if (style === "snapped") pen.rect(place.x - 5, place.y - 5, 10, 10);
    else pen.arc(place.x, place.y, 4, 0, Math.PI * 2);
    pen.fillStyle = style === "measure" ? ACCENT : "#ffffff";
    pen.strokeStyle = style === "measure" ? "#ffffff" : ACCENT;
    pen.lineWidth = 2;
    pen.fill();
    pen.stroke();
  }

  label(point: Vec3, text: string): void {
    const place = this.projector.point(point);
    const { pen } = this;
    if (place === null || pen === null) return;
    pen.font = FONT;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const width = pen.measureText(text).width + 14;
    const y = place.y - 18;
    pen.beginPath();
    pen.roundRect(place.x - width / 2, y - 12, width, 24, 6);
    pen.fillStyle = ACCENT;
    pen.fill();
    pen.fillStyle = "#ffffff";
    pen.fillText(text, place.x, y + 1);
  }

  dispose(): void {
    this.canvas.remove();
  }
}
