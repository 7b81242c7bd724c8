import { Stack, Text } from "@mantine/core";
import { createContext, useContext } from "react";
import type { Job } from "../api/live/LiveStore";
import { FromFile } from "../components/FromFile";
import { PhaseBadge } from "../components/PhaseBadge";
import { StageProgress } from "../components/StageProgress";
import { QueuePlace } from "./QueuePlace";

/** Places of waiting jobs in their queues, by name. */
export const Positions = createContext<Readonly<Record<string, number>>>({});

type Shown = Pick<Job, "namespace" | "name" | "queue" | "phase" | "reason" | "message">;

/** The phase of a job, with what matters in it: the stage, the place in the queue, or the reason of the failure. */
export function JobState({ job }: { job: Shown & Pick<Job, "progress"> }) {
  return (
    <Stack gap={4} align="flex-start" miw={0}>
      <PhaseBadge phase={job.phase} />
      {job.phase === "Queued" && <Place job={job} />}
      {job.phase === "Running" && job.progress != null && <StageProgress progress={job.progress} />}
      {job.phase === "Failed" && job.reason != null && (
        <Text size="xs" c="dimmed" truncate maw="100%" title={job.message ?? ""}>
          <FromFile>{job.reason}</FromFile>
        </Text>
      )}
    </Stack>
  );
}

function Place({ job }: { job: Shown }) {
  const place = useContext(Positions)[job.name];
  if (place === undefined) return null;
  return (
    <Text size="xs" c="dimmed">
      <QueuePlace namespace={job.namespace} queue={job.queue} place={place} />
    </Text>
  );
}
