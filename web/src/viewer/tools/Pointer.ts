/** What pointers do on the canvas, told from dragging. */
export interface PointerTargets {
  onPress(event: PointerEvent): void;
  onClick(event: PointerEvent): void;
  onDoubleClick(event: MouseEvent): void;
  /** The pointer moves without a button. */
  onHover(event: PointerEvent): void;
}

/** A pointer that moves further than this drags; a finger rolls a little when it taps. */
const STILL = 5;
const STILL_FINGER = 12;

/** Listen to the pointers over an element; returns a function that stops. */
export function watchPointer(element: HTMLElement, targets: PointerTargets): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  let pressed: { x: number; y: number; id: number } | null = null;
  let hovered: PointerEvent | null = null;
  let frame = 0;
  element.addEventListener(
    "pointerdown",
    (event) => {
      if (!event.isPrimary) {
        pressed = null;
        return;
      }
      pressed = event.button === 0 ? { x: event.clientX, y: event.clientY, id: event.pointerId } : null;
      targets.onPress(event);
    },
    { signal },
  );
  // Controls of the camera capture the pointer, so that the canvas may not see its end.
  window.addEventListener(
    "pointerup",
    (event) => {
      if (pressed === null || event.pointerId !== pressed.id) return;
      const moved = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
      pressed = null;
      if (moved <= (event.pointerType === "touch" ? STILL_FINGER : STILL)) targets.onClick(event);
    },
    { signal },
  );
  element.addEventListener("dblclick", targets.onDoubleClick, { signal });
  element.addEventListener(
    "pointermove",
    (event) => {
      if (event.buttons !== 0 || event.pointerType === "touch") return;
      hovered = event;
      if (frame === 0) {
        frame = requestAnimationFrame(() => {
          frame = 0;
          if (hovered !== null) targets.onHover(hovered);
        });
      }
    },
    { signal },
  );
  element.addEventListener(
    "pointerleave",
    () => {
      hovered = null;
    },
    { signal },
  );
  return () => {
    cancelAnimationFrame(frame);
    listening.abort();
  };
}
