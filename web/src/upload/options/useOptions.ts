import { useMemo, useState } from "react";
import type { JobSettings } from "../uploader/types";
import { INITIAL, type OptionValues, restored, settingsOf } from "./values";

const KEY = "ifcjob.uploadOptions";

/** The options of the next drops. */
export interface Options {
  values: OptionValues;
  settings: JobSettings;
  change(values: OptionValues): void;
  reset(): void;
}

/** The options of the last visit, remembered in the browser. */
export function useOptions(): Options {
  const [values, setValues] = useState(() => restored(localStorage.getItem(KEY)));
  const settings = useMemo(() => settingsOf(values), [values]);
  const change = (next: OptionValues) => {
    setValues(next);
    localStorage.setItem(KEY, JSON.stringify(next));
  };
  const reset = () => {
    setValues(INITIAL);
    localStorage.removeItem(KEY);
  };
  return { values, settings, change, reset };
}
