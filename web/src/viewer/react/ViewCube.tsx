import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Direction, ViewerApi } from "../types";
import classes from "./ViewCube.module.css";

const FACES = ["front", "back", "left", "right", "top", "bottom"] as const satisfies readonly Direction[];

/** A cube that turns with the model; its faces are buttons that look from their side. */
export function ViewCube({ viewer }: { viewer: ViewerApi }) {
  const { t } = useTranslation();
  const cube = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const turn = () => {
      const { azimuth, elevation } = viewer.orientation;
      if (cube.current !== null) cube.current.style.transform = `rotateX(${-elevation}deg) rotateY(${-azimuth}deg)`;
    };
    turn();
    return viewer.onFrame(turn);
  }, [viewer]);

  return (
    <fieldset className={classes.place} aria-label={t("viewer.lookFrom")}>
      <div ref={cube} className={classes.cube}>
        {FACES.map((face) => (
          <button
            key={face}
            type="button"
            className={classes.face}
            data-face={face}
            onClick={() => viewer.lookFrom(face)}
          >
            {t(`viewer.face.${face}`)}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
