import { useTranslation } from "react-i18next";
import { useQueue } from "../api/live/useLive";

interface Props {
  namespace: string;
  queue: string;
  place: number;
}

/** The place of a waiting job. The first of a queue that admits no jobs does not start next. */
export function QueuePlace({ namespace, queue, place }: Props) {
  const { t } = useTranslation();
  const policy = useQueue(namespace, queue)?.stopPolicy ?? "None";
  if (policy !== "None") return t("jobs.heldPlace", { place });
  return place === 1 ? t("jobs.startsNext") : t("jobs.place", { place });
}
