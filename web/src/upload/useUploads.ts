import { useEffect, useSyncExternalStore } from "react";
import { untilSignedIn } from "../api/signIn";
import { sha256Of } from "./browser/hashing";
import { records } from "./browser/records";
import { browserOnline } from "./uploader/Retrier";
import { http } from "./uploader/transport";
import type { UploadItem } from "./uploader/types";
import { newId, Uploader } from "./uploader/Uploader";

/** One uploader per tab: it continues while the user looks at other pages. */
export const uploader = new Uploader({
  transport: http,
  records,
  around: { online: browserOnline, signedIn: untilSignedIn },
  hash: sha256Of,
  tab: tabName(),
});

window.addEventListener("beforeunload", (event) => {
  if (uploader.isActive) event.preventDefault();
});

/** The uploads of this tab, and those that a reload has interrupted. */
export function useUploads(): readonly UploadItem[] {
  useEffect(() => {
    void uploader.restore();
  }, []);
  return useSyncExternalStore(uploader.subscribe, uploader.get);
}

/** Return a name that survives a reload of the tab. */
function tabName(): string {
  const key = "ifcjob.tab";
  const name = sessionStorage.getItem(key) ?? newId();
  sessionStorage.setItem(key, name);
  return name;
}
