import { Alert } from "@mantine/core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Measurement, type ViewerListeners, WebGlMissing } from "../types";
import { Viewer } from "../Viewer";
import { Measurements } from "./Measurements";
import { ViewCube } from "./ViewCube";
import classes from "./ViewerCanvas.module.css";

interface Props {
  listeners: ViewerListeners;
  /** Gets the engine when it stands, and null when it ends. */
  onViewer(viewer: Viewer | null): void;
  /** The browser has no WebGL. */
  onMissing(): void;
  /** Shown over the canvas. */
  children?: ReactNode;
}

/** The place of the 3D engine; fills its parent. */
export function ViewerCanvas({ listeners, onViewer, onMissing, children }: Props) {
  const { t } = useTranslation();
  const container = useRef<HTMLDivElement>(null);
  const [viewer, setViewer] = useState<Viewer | null>(null);
  const [isLost, setLost] = useState(false);
  const [results, setResults] = useState<Measurement[]>([]);
  const onMeasure = (measured: Measurement[]) => {
    setResults(measured);
    listeners.onMeasure?.(measured);
  };
  const onContextLost = (lost: boolean) => {
    setLost(lost);
    listeners.onContextLost?.(lost);
  };
  const current = useRef<Current>({ listeners, onViewer, onMissing });
  current.current = { listeners: { ...listeners, onMeasure, onContextLost }, onViewer, onMissing };

  useEffect(() => {
    if (container.current === null) return;
    const opened = open(container.current, current);
    if (opened === null) return;
    setViewer(opened);
    current.current.onViewer(opened);
    return () => {
      setViewer(null);
      current.current.onViewer(null);
      opened.dispose();
    };
  }, []);
  useEffect(() => {
    if (viewer !== null) viewer.sectionLabel = t("viewer.moveSection");
  }, [viewer, t]);

  return (
    <div className={classes.frame}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keys move the camera. */}
      <div ref={container} className={classes.canvas} tabIndex={0} role="application" aria-label={t("viewer.canvas")} />
      {viewer !== null && <ViewCube viewer={viewer} />}
      <Measurements results={results} />
      {isLost && (
        <Alert className={classes.lost ?? ""} color="yellow" role="status">
          {t("viewer.lost")}
        </Alert>
      )}
      {children}
    </div>
  );
}

type Current = Pick<Props, "listeners" | "onViewer" | "onMissing">;

/** Make the engine; its listeners are always those of the last rendering. */
function open(container: HTMLElement, latest: { current: Current }): Viewer | null {
  try {
    return new Viewer(container, {
      onPick: (hit, event) => latest.current.listeners.onPick(hit, event),
      onCamera: (camera) => latest.current.listeners.onCamera?.(camera),
      onMeasure: (results) => latest.current.listeners.onMeasure?.(results),
      onSection: (section) => latest.current.listeners.onSection?.(section),
      onContextLost: (lost) => latest.current.listeners.onContextLost?.(lost),
    });
  } catch (error) {
    if (!(error instanceof WebGlMissing)) throw error;
    latest.current.onMissing();
    return null;
  }
}
