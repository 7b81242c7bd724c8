"""How an attempt ended, from what its run reported, what the kubelet saw, and what the Job's condition says.

The run's own report wins. A run that was killed leaves none: then the kubelet's word counts, then the Job's message,
which names exit code or disruption even when the pod object is gone.
"""

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from ifcjob.failures import FAILURES, FailureReason
from ifcjob.report import Failure, RunReport
from ifcjob_operator.planning.observation import ObservedJob, ObservedPod

DISRUPTED = "Disrupted"
"""Reason of an attempt the cluster ended: no failure of the run."""
KILLED_OR_TERMINATED = (128 + signal.SIGKILL, 128 + signal.SIGTERM)
LOOKS_LIKE_OUT_OF_MEMORY = (FailureReason.CRASHED, FailureReason.INTERNAL_ERROR, FailureReason.INTERRUPTED)
"""What a run reports when the kernel has killed one of its processes and not all."""


@dataclass(frozen=True)
class Outcome:
    """How one attempt ended."""

    reason: str
    """`Succeeded`, `Disrupted`, or a reason of the failure table."""
    failure: Failure | None = None
    """None when the run succeeded."""
    free: bool = False
    """Nobody's fault but the cluster's: the next attempt does not count as a retry."""
    exit_code: int | None = None
    pod: ObservedPod | None = None

    @property
    def report(self) -> RunReport | None:
        """Return what the run said about itself."""
        return self.pod.report if self.pod else None


def failure(reason: FailureReason, message: str, hint: str | None = None) -> Failure:
    """Make a failure with the table's retryability, and its hint unless there is a better one."""
    row = FAILURES[reason]
    return Failure(reason=reason, message=message, hint=hint or row.hint, retryable=row.retryable)


def outcome_of(job: ObservedJob, pods: Sequence[ObservedPod]) -> Outcome:
    """Explain how a Job that has ended did so; `pods` is empty when they are gone already."""
    pod = newest(pods)
    code = _exit_code(job, pod)
    if job.complete:
        return Outcome("Succeeded", exit_code=code or 0, pod=pod)
    found, free = _why(job, pod, code)
    reason = DISRUPTED if free and _is_disrupted(job, pod) else str(found.reason)
    return Outcome(reason, found, free, code, pod)


def lost(message: str, pod: ObservedPod | None = None) -> Outcome:
    """Describe an attempt that vanished."""
    return Outcome(str(FailureReason.RUN_LOST), failure(FailureReason.RUN_LOST, message), free=True, pod=pod)


def newest(pods: Sequence[ObservedPod]) -> ObservedPod | None:
    """Return the pod that was made last."""
    return max(pods, key=lambda pod: pod.created_at.timestamp() if pod.created_at else 0.0, default=None)


def _why(job: ObservedJob, pod: ObservedPod | None, code: int | None) -> tuple[Failure, bool]:
    """Return the failure, and whether it is the cluster's doing."""
    reported = pod.report.failure if pod and pod.report else None
    if pod and _exceeded_its_storage(pod):
        message = f"the kubelet evicted pod {pod.name}: {pod.message}"
        return failure(FailureReason.DISK_FULL, message, "Raise spec.resources.ephemeralStorage."), False
    if pod and pod.oom_killed and (not reported or reported.reason in LOOKS_LIKE_OUT_OF_MEMORY):
        return failure(FailureReason.OUT_OF_MEMORY, f"pod {pod.name} was killed at its memory limit (OOMKilled)"), False
    if reported and reported.reason is not FailureReason.INTERRUPTED:
        return reported, False
    if _is_disrupted(job, pod):
        return failure(FailureReason.INTERRUPTED, _disruption(job, pod)), True
    if job.failed_reason == "DeadlineExceeded" or (pod and pod.reason == "DeadlineExceeded"):
        return _deadline(job, pod), False
    if reported:
        return reported, True
    return _by_exit_code(job, pod, code)


def _by_exit_code(job: ObservedJob, pod: ObservedPod | None, code: int | None) -> tuple[Failure, bool]:
    name = f"pod {pod.name}" if pod else f"the pod of Job {job.name}"
    if not code:
        said = (pod and pod.message) or job.failed_message or "no message"
        return failure(FailureReason.RUN_LOST, f"{name} ended without an exit code: {said}"), True
    # The pod was deleted while it ran: by a person, or with its node.
    if code in KILLED_OR_TERMINATED and (pod is None or pod.deletion_at):
        return failure(FailureReason.INTERRUPTED, f"{name} was deleted while it ran ({_spell(code)})"), True
    candidates = [reason for reason, row in FAILURES.items() if row.exit_code == code]
    if not candidates:
        return failure(FailureReason.CRASHED, f"{name} ended with {_spell(code)} and without a report"), False
    others = f", which may also mean {', '.join(candidates[1:])}" if candidates[1:] else ""
    message = f"{name} ended with exit code {code} and without a report{others}"
    return failure(candidates[0], message), candidates[0] is FailureReason.INTERRUPTED


def _exceeded_its_storage(pod: ObservedPod) -> bool:
    """Tell a pod that used more than its own limit from one on a node that ran low."""
    return pod.reason == "Evicted" and bool(re.search(r"exceed(s|ed) ", pod.message or ""))


def _is_disrupted(job: ObservedJob, pod: ObservedPod | None) -> bool:
    said = "has condition DisruptionTarget" in (job.failed_message or "")
    # Any other reason of the kubelet's, such as NodeShutdown or OutOfcpu: the container was stopped or never ran.
    by_kubelet = pod is not None and pod.reason is not None and pod.reason != "DeadlineExceeded"
    return said or by_kubelet or (pod is not None and pod.disrupted)


def _disruption(job: ObservedJob, pod: ObservedPod | None) -> str:
    if pod is None:
        return job.failed_message or f"the pod of Job {job.name} was disrupted"
    where = f" on node {pod.node}" if pod.node else ""
    said = ": ".join(part for part in (pod.reason, pod.message) if part)
    return f"pod {pod.name}{where} was drained, preempted or evicted" + (f": {said}" if said else "")


def _deadline(job: ObservedJob, pod: ObservedPod | None) -> Failure:
    said = (pod and pod.message) or job.failed_message or "no message"
    if pod and pod.started_at is None:
        hint = "See why in its events, or raise spec.startDeadlineSeconds."
        return failure(FailureReason.DEADLINE_EXCEEDED, f"pod {pod.name} did not start in time: {said}", hint)
    message = f"the pod of Job {job.name} was stopped at its deadline: {said}"
    return failure(FailureReason.DEADLINE_EXCEEDED, message, "Raise spec.activeDeadlineSeconds.")


def _exit_code(job: ObservedJob, pod: ObservedPod | None) -> int | None:
    if pod and pod.exit_code is not None:
        return pod.exit_code
    match = re.search(r"failed with exit code (\d+)", job.failed_message or "")
    return int(match[1]) if match else None


def _spell(code: int) -> str:
    """Name the signal of an exit code above 128."""
    try:
        return f"exit code {code}, {signal.Signals(code - 128).name}"
    except ValueError:
        return f"exit code {code}"
