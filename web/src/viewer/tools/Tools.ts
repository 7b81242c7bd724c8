import type { CameraRig } from "../scene/CameraRig";
import type { Stage } from "../scene/Stage";
import { WorldProjector } from "../scene/WorldProjector";
import type { Box, Measurement, Section, Vec3 } from "../types";
import { Measuring } from "./Measuring";
import { Overlay } from "./Overlay";
import type { Picked, Picker } from "./Picker";
import { CAP } from "./picking";
import { SectionHandles } from "./SectionHandles";
import { snap } from "./snapping";

const SNAP_PIXELS = 12;

export interface ToolListeners {
  onMeasure(results: Measurement[]): void;
  /** The user moved the section. */
  onSection(section: Section): void;
  /** The picture must be drawn again; `moved` while the user drags something in it. */
  onChange(moved: boolean): void;
}

/** The tools that work in the picture: measures and the section, with what they draw over it. */
export class Tools {
  private readonly projector: WorldProjector;
  readonly overlay: Overlay;
  readonly measuring: Measuring;
  readonly handles: SectionHandles;
  private shown: Section | null = null;
  private editing = false;

  constructor(
    container: HTMLElement,
    private readonly stage: Stage,
    rig: CameraRig,
    private readonly picker: Picker,
    private readonly listeners: ToolListeners,
  ) {
    this.projector = new WorldProjector(stage, rig);
    this.overlay = new Overlay(container, this.projector);
    this.measuring = new Measuring(
      (results) => listeners.onMeasure(results),
      () => this.draw(),
    );
    this.handles = new SectionHandles(container, {
      point: (point) => this.projector.point(point),
      segment: (from, to) => this.projector.segment(from, to),
      along: (point, axis, x, y) => this.projector.along(point, axis, picker.rayAt(x, y)),
      around: () => this.around(),
      move: (section) => {
        this.cut(section, true);
        listeners.onSection(section);
      },
    });
  }

  get section(): Section | null {
    return this.shown;
  }

  set section(section: Section | null) {
    this.cut(section, false);
  }

  get editSection(): boolean {
    return this.editing;
  }

  set editSection(editing: boolean) {
    this.editing = editing;
    this.handles.show(editing ? this.shown : null);
    this.listeners.onChange(false);
  }

  /** Put a point of the measurement under the pointer; returns false if no tool is chosen. */
  click(x: number, y: number): boolean {
    if (this.measuring.tool === null) return false;
    const target = this.snapped(x, y);
    if (target !== null) this.measuring.click(target.point, (a, b) => this.isNear(a, b));
    return true;
  }

  /** Show where a click would put a point. */
  hover(x: number, y: number): void {
    if (this.measuring.tool === null) return;
    const target = this.snapped(x, y);
    this.measuring.hover(target?.point ?? null, target?.snapped ?? false);
  }

  draw(): void {
    this.overlay.redraw(() => {
      this.handles.draw(this.overlay);
      this.measuring.draw(this.overlay);
    });
  }

  dispose(): void {
    this.handles.dispose();
    this.overlay.dispose();
  }

  /** The box around everything visible, in the world. */
  around(): Box | null {
    const box = this.stage.box();
    if (box === null) return null;
    const { origin } = this.stage;
    const world = (point: Vec3) => point.map((value, axis) => value + (origin[axis] ?? 0)) as Vec3;
    return { min: world(box.min), max: world(box.max) };
  }

  private cut(section: Section | null, moved: boolean): void {
    this.shown = section;
    this.stage.cut(section);
    this.handles.show(this.editing ? section : null);
    this.listeners.onChange(moved);
  }

  private isNear(a: Vec3, b: Vec3): boolean {
    const from = this.projector.point(a);
    const to = this.projector.point(b);
    return from !== null && to !== null && Math.hypot(from.x - to.x, from.y - to.y) < SNAP_PIXELS / 2;
  }

  /** The point under the pointer, or a vertex or edge near it; also when the pointer is just beside the element. */
  private snapped(x: number, y: number): { point: Vec3; snapped: boolean } | null {
    const picked = this.picker.pickAt(x, y) ?? this.beside(x, y);
    if (picked === null) return null;
    const { model, result, point } = picked;
    const radius = this.projector.metresPerPixel(point) * SNAP_PIXELS;
    const local = point.clone().sub(model.offset);
    const caps = result.row === CAP ? model.capPart : null;
    const found = caps === null ? snap(model.data, result.row, local, radius) : snap(caps, 0, local, radius);
    return { point: this.stage.toWorld(found?.point.add(model.offset) ?? point), snapped: found !== null };
  }

  private beside(x: number, y: number): Picked | null {
    for (const [right, down] of [
      [-1, 0],
      [1, 0],
      [0, -1],
      [0, 1],
    ] as const) {
      const picked = this.picker.pickAt(x + (right * SNAP_PIXELS) / 2, y + (down * SNAP_PIXELS) / 2);
      if (picked !== null) return picked;
    }
    return null;
  }
}
