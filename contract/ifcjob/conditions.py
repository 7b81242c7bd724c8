"""All conditions of IfcJobs and IfcQueues with their reasons: the part of a status that programs may rely on."""

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
"""Placeholder for every reason of the failure table."""

IFCJOB_CONDITIONS: dict[str, tuple[ConditionRow, ...]] = {
    "Accepted": (
        ConditionRow("True", "Accepted", "The file exists and the job can run."),
        ConditionRow(
            "Unknown", "StorageUnavailable", "The object store does not answer; the operator retries until it does."
        ),
        ConditionRow("False", ANY_FAILURE, "The job cannot run; `Failed` has the same reason."),
    ),
    "Admitted": (
        ConditionRow(
            "True", "Admitted", "The job holds a slot of its queue; the message names its memory and the reason for it."
        ),
        ConditionRow("False", "WaitingForSlot", "The job waits for a slot of its queue."),
        ConditionRow(
            "False", "WaitingForIdentical", "Another IfcJob makes the same artifacts; this one waits for them."
        ),
        ConditionRow("False", "QueueNotFound", "The namespace has no IfcQueue of that name: create it."),
        ConditionRow(
            "False",
            "QueueDraining",
            "The queue has `stopPolicy: HoldAndDrain`; the job restarts when the policy changes.",
        ),
        ConditionRow("False", "ExceedsBudget", "The next attempt requests more than the total budget of the queue."),
        ConditionRow("False", "Suspended", "`spec.suspend` is true."),
        ConditionRow("False", "BackingOff", "An attempt failed; the next one starts at `status.nextAttemptAt`."),
        ConditionRow(
            "False", "Restarting", "The next attempt starts immediately: with more memory, or on another node."
        ),
        ConditionRow("False", "Finished", "The job has released its slot."),
    ),
    "Running": (
        ConditionRow("True", "Running", "The container of the last attempt is running."),
        ConditionRow("Unknown", "NodeLost", "The pod should have ended, but its node does not confirm it."),
        ConditionRow(
            "Unknown",
            FailureReason.STORAGE_UNAVAILABLE,
            "The pod is gone; whether it has published its artifacts is unknown until the object store answers.",
        ),
        ConditionRow("Unknown", "Cancelled", "The pod is being stopped, because `spec.cancel` is true."),
        ConditionRow("Unknown", "Suspended", "The pod is being stopped, because `spec.suspend` was true."),
        ConditionRow("Unknown", "QueueDraining", "The pod is being stopped: the queue has `stopPolicy: HoldAndDrain`."),
        ConditionRow("False", "Starting", "The Job was created; its container is not running yet."),
        ConditionRow("False", "PodNotCreated", "The API server rejects the pod; the message has the reason."),
        ConditionRow(
            "False",
            "QuotaExceeded",
            "A ResourceQuota rejects the pod; it is created when there is room, without a retry.",
        ),
        ConditionRow(
            "False", "LimitRangeViolated", "A LimitRange rejects the pod; the message names the limit and the request."
        ),
        ConditionRow("False", "Unschedulable", "No node fits the pod; the message is that of the scheduler."),
        ConditionRow(
            "False", "ImagePullFailed", "The runner's image cannot be pulled; the kubelet retries for some minutes."
        ),
        ConditionRow(
            "False",
            "ContainerNotCreated",
            "The kubelet cannot create the container; the message is that of the kubelet.",
        ),
        ConditionRow("False", "NotRunning", "No attempt is running; the message says how the last one ended."),
    ),
    "Complete": (
        ConditionRow("True", "Succeeded", "The artifacts are published; `status.result.manifest` has their location."),
        ConditionRow("True", "CacheHit", "The result is that of an earlier job for the same content and options."),
        ConditionRow(
            "Unknown", ANY_FAILURE, "The artifacts exist; the object store does not accept their manifest yet."
        ),
    ),
    "Failed": (
        ConditionRow("True", ANY_FAILURE, "The job failed; `status.failure` has the reason and a hint."),
        ConditionRow("True", "Cancelled", "`spec.cancel` is true, and the job has no pod any more."),
    ),
    "Finished": (
        ConditionRow("True", "Succeeded", "`Complete` is `True`, with the same reason."),
        ConditionRow("True", "CacheHit", "`Complete` is `True`, with the same reason."),
        ConditionRow("True", ANY_FAILURE, "`Failed` is `True`, with the same reason."),
        ConditionRow("True", "Cancelled", "`Failed` is `True`, with the same reason."),
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
        ConditionRow("True", "Admitting", "The queue admits jobs while it has free slots and budget."),
        ConditionRow(
            "True", "JobExceedsBudget", "As `Admitting`, but a pending job requests more than the total budget."
        ),
        ConditionRow("False", "Hold", "`spec.stopPolicy` is `Hold`: running jobs continue, and no job is admitted."),
        ConditionRow("False", "HoldAndDrain", "`spec.stopPolicy` is `HoldAndDrain`: running attempts are stopped too."),
        ConditionRow("False", "NoSlots", "`spec.slots` or `spec.maxSlots` is 0."),
    ),
}
