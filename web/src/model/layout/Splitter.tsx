import { useLocalStorage } from "@mantine/hooks";
import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { useTranslation } from "react-i18next";

const LEAST = 200;
const MOST = 640;
const STEP = 24;

type Side = "left" | "right";

/** The width of a side panel, remembered in this browser. */
export function useWidth(side: Side, initial: number) {
  const [width, setWidth] = useLocalStorage({
    key: `ifcjob.model.${side}`,
    defaultValue: initial,
    getInitialValueInEffect: false,
  });
  return { width, onChange: (next: number) => setWidth(Math.round(Math.min(Math.max(next, LEAST), MOST))) };
}

interface Props {
  side: Side;
  width: number;
  onChange(width: number): void;
}

/** The border between a side panel and the 3D view: dragged, or moved by arrow keys. */
export function Splitter({ side, width, onChange }: Props) {
  const { t } = useTranslation();
  const start = useRef<{ x: number; width: number } | null>(null);
  const sign = side === "left" ? 1 : -1;
  const onPointerDown = (event: PointerEvent) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { x: event.clientX, width };
  };
  const onPointerMove = (event: PointerEvent) => {
    if (start.current !== null) onChange(start.current.width + sign * (event.clientX - start.current.x));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const direction = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (direction !== undefined) onChange(width + sign * direction * STEP);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be focused
    <div
      className="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={t(`model.splitter.${side}`)}
      aria-valuenow={width}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        start.current = null;
      }}
      onKeyDown={onKeyDown}
    />
  );
}
