import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useLiveValue } from "../../api/live/useLive";
import { useMe } from "../../api/me";
import { visible } from "../../lib/visible";
import { jobPath } from "../JobName";
import { finishedBetween, isNotifying } from "./notify";

const AT_MOST = 3;

/** Tells the user on any page when jobs of theirs finish, if they want to be told. */
export function Notifier() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const jobs = useLiveValue((state) => state.jobs);
  const { data: me } = useMe();
  const before = useRef(jobs);
  useEffect(() => {
    const former = before.current;
    before.current = jobs;
    if (me === undefined || !isNotifying()) return;
    const finished = finishedBetween(former, jobs, me.name);
    for (const job of finished.slice(0, AT_MOST)) {
      const title = `${visible(job.fileName ?? job.name)}: ${t(`shared.phase.${job.phase}`)}`;
      const notification = new Notification(title, { body: visible(job.message ?? ""), tag: job.uid });
      notification.onclick = () => {
        window.focus();
        navigate(jobPath(job));
      };
    }
    const more = finished.length - AT_MOST;
    if (more > 0) new Notification(t("jobs.moreFinished", { count: more }), { tag: "ifcjob-more" });
  }, [jobs, me, t, navigate]);
  return null;
}
