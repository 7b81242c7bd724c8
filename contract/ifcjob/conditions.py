"""Every condition an IfcJob or IfcQueue can have, with its reasons: what programs may rely on in a status."""

from dataclasses import dataclass
from typing import Literal

from ifcjob.failures import FailureReason


@dataclass(frozen=True)
class ConditionRow:
    """One state of a condition."""

    status: Literal["True", "False", "Unknown"]
    reason: str
    meaning: str
    """One sentence for users."""


ANY_FAILURE = "a failure reason"
"""Stands for every reason of the failure table."""

IFCJOB_CONDITIONS: dict[str, tuple[ConditionRow, ...]] = {
    "Accepted": (
        ConditionRow("True", "Accepted", "The file is there and the job can run."),
        ConditionRow("Unknown", "StorageUnavailable", "The store does not answer; it is asked again until it does."),
        ConditionRow("False", ANY_FAILURE, "The job cannot run; `Failed` has the same reason."),
    ),
    "Admitted": (
        ConditionRow("True", "Admitted", "The job holds a slot of its queue; the message names its memory and why."),
        ConditionRow("False", "WaitingForSlot", "What held the job back has passed; it waits for a slot of its queue."),
        ConditionRow(
            "False", "WaitingForIdentical", "Another IfcJob makes the same artifacts; this one waits for them."
        ),
        ConditionRow("False", "QueueNotFound", "There is no IfcQueue of that name in the namespace: create it."),
        ConditionRow("False", "QueueDraining", "The queue has `stopPolicy: HoldAndDrain`; the job starts again later."),
        ConditionRow("False", "ExceedsBudget", "The next attempt requests more than the queue's whole budget."),
        ConditionRow("False", "Suspended", "`spec.suspend` is true."),
        ConditionRow("False", "BackingOff", "An attempt failed; the next one starts at `status.nextAttemptAt`."),
        ConditionRow("False", "Restarting", "The next attempt starts at once: with more memory, or on another node."),
        ConditionRow("False", "Finished", "The job has given its slot back."),
    ),
    "Running": (
        ConditionRow("True", "Running", "The container of the last attempt runs."),
        ConditionRow("Unknown", "NodeLost", "The pod should have ended, but its node does not say so."),
        ConditionRow("Unknown", "Cancelled", "The pod is being stopped, since `spec.cancel` is true."),
        ConditionRow("Unknown", "Suspended", "The pod is being stopped, since `spec.suspend` was true."),
        ConditionRow("Unknown", "QueueDraining", "The pod is being stopped: the queue has `stopPolicy: HoldAndDrain`."),
        ConditionRow("False", "Starting", "The Job was created; its container does not run yet."),
        ConditionRow(
            "False", "PodNotCreated", "A quota or the API server refuses the pod; the message says which and why."
        ),
        ConditionRow("False", "Unschedulable", "No node takes the pod; the message is the scheduler's."),
        ConditionRow("False", "ImagePullFailed", "The runner's image cannot be pulled; it is tried for some minutes."),
        ConditionRow("False", "ContainerNotCreated", "The kubelet cannot make the container; the message is its own."),
        ConditionRow("False", "NotRunning", "No attempt runs; the message says how the last one ended."),
    ),
    "Complete": (
        ConditionRow("True", "Succeeded", "The artifacts are published: `status.result.manifest` says where."),
        ConditionRow(
            "True", "CacheHit", "The artifacts of a former job for the same content and options are the result."
        ),
        ConditionRow("Unknown", ANY_FAILURE, "The artifacts are made; the store does not take their manifest yet."),
    ),
    "Failed": (
        ConditionRow("True", ANY_FAILURE, "The job failed for good; `status.failure` says why and what to do."),
        ConditionRow("True", "Cancelled", "`spec.cancel` is true, and no pod is left."),
    ),
    "Degraded": (
        ConditionRow(
            "True",
            FailureReason.COVERAGE_SHORTFALL,
            "The job is complete, but elements are missing from the GLB; `coverage` in manifest.json lists them.",
        ),
    ),
}

IFCQUEUE_CONDITIONS: dict[str, tuple[ConditionRow, ...]] = {
    "Active": (
        ConditionRow("True", "Admitting", "The queue admits jobs while there are free slots and budget."),
        ConditionRow(
            "True", "JobExceedsBudget", "As `Admitting`, but a waiting job requests more than the whole budget."
        ),
        ConditionRow("False", "Hold", "`spec.stopPolicy` is `Hold`: running jobs go on, nothing new starts."),
        ConditionRow("False", "HoldAndDrain", "`spec.stopPolicy` is `HoldAndDrain`: running attempts are stopped too."),
        ConditionRow("False", "NoSlots", "`spec.slots` or `spec.maxSlots` is 0."),
    ),
}
