import type { Box, Section, Vec3 } from "../types";
import type { Overlay, Projector } from "./Overlay";
import { type Handle, handlesOf, movedBy, outlineOf } from "./sections";

/** What the handles need of the viewer. */
export interface SectionOwner extends Projector {
  /** How far along a line through `point` the pointer is, in metres; null if the line points at the viewer. */
  along(point: Vec3, axis: Vec3, clientX: number, clientY: number): number | null;
  /** The box around everything visible. */
  around(): Box | null;
  /** The user moved the section. */
  move(section: Section): void;
}

const STEP = 0.1;
const LARGE_STEP = 1;

/** Buttons over the picture that move the section: by dragging, or by the arrow keys. */
export class SectionHandles {
  private section: Section | null = null;
  private readonly buttons = new Map<string, HTMLElement>();
  private label = "Section";

  constructor(
    private readonly container: HTMLElement,
    private readonly owner: SectionOwner,
  ) {}

  /** Show handles for a section, or none for null. */
  show(section: Section | null): void {
    this.section = section;
    const names = section === null ? [] : section.kind === "plane" ? ["plane"] : ["x-", "x+", "y-", "y+", "z-", "z+"];
    for (const [name, button] of this.buttons) {
      if (names.includes(name)) continue;
      button.remove();
      this.buttons.delete(name);
    }
    for (const name of names) if (!this.buttons.has(name)) this.buttons.set(name, this.makeButton(name));
  }

  /** The accessible name of the handles, in the language of the page. */
  setLabel(label: string): void {
    this.label = label;
    for (const [name, button] of this.buttons) button.setAttribute("aria-label", this.nameOf(name));
  }

  /** Draw the outline, and put the handles to their places. */
  draw(overlay: Overlay): void {
    if (this.section === null) return;
    const around = this.owner.around();
    if (around === null) return;
    for (const line of outlineOf(this.section, around)) overlay.line(line, false, "section");
    for (const handle of handlesOf(this.section, around)) {
      const button = this.buttons.get(handle.name);
      const place = this.owner.point(handle.point);
      if (button === undefined) continue;
      button.style.visibility = place === null ? "hidden" : "visible";
      if (place !== null) button.style.transform = `translate(${place.x}px, ${place.y}px) translate(-50%, -50%)`;
      const axis = handle.axis.findIndex((value) => Math.abs(value) > 0.5);
      button.setAttribute("aria-valuenow", (handle.point[axis] ?? 0).toFixed(2));
    }
  }

  dispose(): void {
    this.show(null);
  }

  private nameOf(name: string): string {
    return name === "plane" ? this.label : `${this.label} ${name.replace("-", "−").toUpperCase()}`;
  }

  private makeButton(name: string): HTMLElement {
    const button = document.createElement("div");
    button.tabIndex = 0;
    button.setAttribute("role", "slider");
    button.setAttribute("aria-label", this.nameOf(name));
    button.dataset.sectionHandle = name;
    button.style.cssText =
      "position:absolute;left:0;top:0;width:24px;height:24px;border-radius:50%;border:3px solid #fff;" +
      "background:#1971c2;box-shadow:0 1px 4px #0008;cursor:grab;touch-action:none;box-sizing:border-box";
    button.addEventListener("pointerdown", (event) => this.drag(button, name, event));
    button.addEventListener("keydown", (event) => this.key(name, event));
    this.container.append(button);
    return button;
  }

  private handle(name: string): Handle | undefined {
    const around = this.owner.around();
    if (this.section === null || around === null) return undefined;
    return handlesOf(this.section, around).find((one) => one.name === name);
  }

  private drag(button: HTMLElement, name: string, down: PointerEvent): void {
    const handle = this.handle(name);
    const before = this.section;
    if (handle === undefined || before === null) return;
    const start = this.owner.along(handle.point, handle.axis, down.clientX, down.clientY);
    down.preventDefault();
    down.stopPropagation();
    button.focus();
    button.setPointerCapture(down.pointerId);
    const dragging = new AbortController();
    const { signal } = dragging;
    button.addEventListener(
      "pointermove",
      (event) => {
        const now = this.owner.along(handle.point, handle.axis, event.clientX, event.clientY);
        if (start !== null && now !== null) this.owner.move(movedBy(before, name, now - start));
      },
      { signal },
    );
    for (const end of ["pointerup", "pointercancel"] as const) {
      button.addEventListener(end, () => dragging.abort(), { signal });
    }
  }

  private key(name: string, event: KeyboardEvent): void {
    const sign = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
    if (sign === undefined || this.section === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.owner.move(movedBy(this.section, name, sign * (event.shiftKey ? LARGE_STEP : STEP)));
  }
}
