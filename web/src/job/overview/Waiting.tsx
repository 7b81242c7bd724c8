import { Alert, Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { api, body } from "../../api/client";
import { useQueue } from "../../api/live/useLive";
import { FromFile } from "../../components/FromFile";
import { QueuePlace } from "../../jobs/QueuePlace";
import type { JobView } from "../data/jobView";

const AGAIN = 4_000;

/** The place of a waiting job in its queue, and whether the queue admits jobs. */
export function Waiting({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const queue = useQueue(job.namespace, job.queue);
  const { data: place } = useQuery({
    queryKey: ["place", job.namespace, job.name],
    refetchInterval: AGAIN,
    staleTime: 0,
    queryFn: async ({ signal }) => {
      const query = { q: job.name, phase: ["Queued" as const], overview: true, limit: 200 };
      const params = { path: { namespace: job.namespace }, query };
      const list = await body(api.GET("/api/v1/namespaces/{namespace}/jobs", { params, signal }));
      return list.positions?.[job.name] ?? null;
    },
  });
  const isHeld = queue !== undefined && queue.stopPolicy !== "None";
  return (
    <Alert color={isHeld ? "orange" : "gray"}>
      {place != null && <QueuePlace namespace={job.namespace} queue={job.queue} place={place} />}{" "}
      <Anchor component={Link} href={`/namespaces/${job.namespace}/queues`} size="sm">
        {t("job.ofQueue", { queue: job.queue })}
      </Anchor>
      {isHeld && ` ${t("job.queueHeld")}`}
      {job.message !== null && job.message !== "" && (
        <div>
          <FromFile>{job.message}</FromFile>
        </div>
      )}
    </Alert>
  );
}
