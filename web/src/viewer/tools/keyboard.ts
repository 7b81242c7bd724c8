import type { CameraRig } from "../scene/CameraRig";

const TURN = Math.PI / 24;
const ZOOM = 1.2;

/** What keys do besides moving the camera. */
export interface KeyTargets {
  fit(): void;
  finish(): void;
  /** Returns whether there was something to cancel. */
  cancel(): boolean;
}

/** Let the keys move the camera while the element has the focus; returns a function that stops. */
export function watchKeys(element: HTMLElement, rig: CameraRig, targets: KeyTargets): () => void {
  const listening = new AbortController();
  element.addEventListener(
    "keydown",
    (event) => {
      if (event.target !== element || event.ctrlKey || event.metaKey || event.altKey) return;
      if (handled(event, rig, targets)) event.preventDefault();
    },
    { signal: listening.signal },
  );
  return () => listening.abort();
}

function handled(event: KeyboardEvent, rig: CameraRig, targets: KeyTargets): boolean {
  const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (arrow !== undefined) {
    const [x = 0, y = 0] = arrow;
    if (event.shiftKey) rig.pan(x, y);
    else void rig.controls.rotate(x * TURN, y * TURN, true);
    return true;
  }
  switch (event.key) {
    case "+":
    case "=":
      rig.zoomBy(ZOOM);
      return true;
    case "-":
      rig.zoomBy(1 / ZOOM);
      return true;
    case "f":
    case "F":
      targets.fit();
      return true;
    case "Enter":
      targets.finish();
      return true;
    case "Escape":
      return targets.cancel();
    default:
      return false;
  }
}
