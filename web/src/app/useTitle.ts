import { useEffect } from "react";

const NAME = "ifcjob";

/** Name the tab by the job of the address, else by the page. The page of a model names itself. */
export function useTitle(path: string, page: string | undefined): void {
  const job = /\/jobs\/([^/]+)$/.exec(path)?.[1];
  const title = job ?? page;
  useEffect(() => {
    if (!path.startsWith("/models/")) document.title = title === undefined ? NAME : `${title} · ${NAME}`;
  }, [path, title]);
}
