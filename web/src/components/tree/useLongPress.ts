import { type TouchEvent, useEffect, useRef } from "react";

/** Where a menu is opened, and with which keys. */
export interface Press {
  clientX: number;
  clientY: number;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
}

const HELD_MILLISECONDS = 500;
/** A finger that moves further scrolls. */
const STILL = 10;

/** Return the handlers of an element on which a finger is held: not every browser opens a context menu then. */
export function useLongPress(onHeld: (press: Press) => void) {
  const timer = useRef(0);
  const press = useRef<Press | null>(null);
  const isHeld = useRef(false);
  const stop = () => window.clearTimeout(timer.current);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return {
    onTouchStart: (event: TouchEvent) => {
      stop();
      isHeld.current = false;
      const finger = event.touches[0];
      if (finger === undefined || event.touches.length > 1) return;
      const { ctrlKey, metaKey, shiftKey } = event;
      const started = { clientX: finger.clientX, clientY: finger.clientY, ctrlKey, metaKey, shiftKey };
      press.current = started;
      timer.current = window.setTimeout(() => {
        isHeld.current = true;
        onHeld(started);
      }, HELD_MILLISECONDS);
    },
    onTouchMove: ({ touches }: TouchEvent) => {
      const finger = touches[0];
      const { clientX = 0, clientY = 0 } = press.current ?? {};
      if (finger === undefined) return;
      if (Math.hypot(finger.clientX - clientX, finger.clientY - clientY) > STILL) stop();
    },
    onTouchEnd: (event: TouchEvent) => {
      stop();
      // Else a click follows, which closes the menu.
      if (isHeld.current) event.preventDefault();
    },
    onTouchCancel: stop,
  };
}
