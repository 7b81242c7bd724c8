"""How an attempt ended, from the run's report, the pod's status and the Job's condition.

The report takes precedence. A killed run leaves none: then the pod's status counts, then the Job's message, which
names the exit code or the disruption even after the pod is deleted.
"""

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from ifcjob.failures import FAILURES, FailureReason
from ifcjob.report import Failure, RunReport
from ifcjob_operator.planning.observation import ObservedJob, ObservedPod

DISRUPTED = "Disrupted"
"""The reason of an attempt that the cluster ended."""
KILLED_OR_TERMINATED = (128 + signal.SIGKILL, 128 + signal.SIGTERM)
LOOKS_LIKE_OUT_OF_MEMORY = (FailureReason.CRASHED, FailureReason.INTERNAL_ERROR, FailureReason.INTERRUPTED)
"""Reasons that a run may report when the kernel has killed only some of its processes."""


@dataclass(frozen=True)
class Outcome:
    """How one attempt ended."""

    reason: str
    """`Succeeded`, `Disrupted`, or a reason of the failure table."""
    failure: Failure | None = None
    """None when the run succeeded."""
    is_disruption: bool = False
    """The cluster ended it: the next attempt does not count as a retry."""
    exit_code: int | None = None
    pod: ObservedPod | None = None
    posted: RunReport | None = None
    """The report that the runner has posted, when no pod was looked up."""

    @property
    def report(self) -> RunReport | None:
        """Return the run's own report."""
        return self.pod.report if self.pod else self.posted


def failure_of(reason: FailureReason, message: str, hint: str | None = None) -> Failure:
    """Return a failure with the retryability of the failure table, and with its hint unless another one is given."""
    row = FAILURES[reason]
    return Failure(reason=reason, message=message, hint=hint or row.hint, retryable=row.retryable)


def outcome_of(job: ObservedJob, pods: Sequence[ObservedPod]) -> Outcome:
    """Return the outcome of an attempt whose Job or runner has ended; `pods` is empty if they are deleted already."""
    pod = newest(pods)
    code = _exit_code(job, pod)
    # Beside a sidecar, a run that has succeeded may leave a Job that fails: at its deadline, or by the sidecar's end.
    if job.complete or (pod is not None and pod.exit_code == 0):
        return Outcome("Succeeded", exit_code=code or 0, pod=pod)
    failure, is_disruption = _failure(job, pod, code)
    reason = DISRUPTED if is_disruption and _is_disrupted(job, pod) else str(failure.reason)
    return Outcome(reason, failure, is_disruption, code, pod)


def lost(message: str, pod: ObservedPod | None = None) -> Outcome:
    """Return the outcome of an attempt whose Job or pod is gone."""
    failure = failure_of(FailureReason.RUN_LOST, message)
    return Outcome(str(FailureReason.RUN_LOST), failure, is_disruption=True, pod=pod)


def run_is_outlived(pods: Sequence[ObservedPod] | None) -> bool:
    """Return whether the runner has ended in a pod that a sidecar keeps running: its Job does not end by itself."""
    pod = newest(pods or ())
    return pod is not None and pod.outlives_run


def newest(pods: Sequence[ObservedPod]) -> ObservedPod | None:
    """Return the pod that was created last."""
    return max(pods, key=lambda pod: pod.created_at.timestamp() if pod.created_at else 0.0, default=None)


def _failure(job: ObservedJob, pod: ObservedPod | None, code: int | None) -> tuple[Failure, bool]:
    """Return the failure, and whether it is a disruption."""
    reported = pod.report.failure if pod and pod.report else None
    if pod and _exceeded_ephemeral_storage(pod):
        message = f"the kubelet evicted pod {pod.name}: {pod.message}"
        return failure_of(FailureReason.DISK_FULL, message, "Raise spec.resources.ephemeralStorage."), False
    if pod and pod.oom_killed and (not reported or reported.reason in LOOKS_LIKE_OUT_OF_MEMORY):
        return failure_of(
            FailureReason.OUT_OF_MEMORY, f"pod {pod.name} was killed at its memory limit (OOMKilled)"
        ), False
    if reported and reported.reason is not FailureReason.INTERRUPTED:
        return reported, False
    if _is_disrupted(job, pod):
        return failure_of(FailureReason.INTERRUPTED, _disruption(job, pod)), True
    if job.failed_reason == "DeadlineExceeded" or (pod and pod.reason == "DeadlineExceeded"):
        return _deadline(job, pod), False
    if reported:
        return reported, True
    return _by_exit_code(job, pod, code)


def _by_exit_code(job: ObservedJob, pod: ObservedPod | None, code: int | None) -> tuple[Failure, bool]:
    name = f"pod {pod.name}" if pod else f"the pod of Job {job.name}"
    if not code:
        detail = (pod and pod.message) or job.failed_message or "no message"
        return failure_of(FailureReason.RUN_LOST, f"{name} ended without an exit code: {detail}"), True
    # The pod was deleted while it ran, by a user or with its node.
    if code in KILLED_OR_TERMINATED and (pod is None or pod.deletion_at):
        return failure_of(FailureReason.INTERRUPTED, f"{name} was deleted while it ran ({_exit_code_text(code)})"), True
    candidates = [reason for reason, row in FAILURES.items() if row.exit_code == code]
    if not candidates:
        return failure_of(
            FailureReason.CRASHED, f"{name} ended with {_exit_code_text(code)} and without a report"
        ), False
    others = f", which may also mean {', '.join(candidates[1:])}" if candidates[1:] else ""
    message = f"{name} ended with exit code {code} and without a report{others}"
    return failure_of(candidates[0], message), candidates[0] is FailureReason.INTERRUPTED


def _exceeded_ephemeral_storage(pod: ObservedPod) -> bool:
    """Whether an evicted pod exceeded its own limit; otherwise its node ran low on storage."""
    return pod.reason == "Evicted" and bool(re.search(r"exceed(s|ed) ", pod.message or ""))


def _is_disrupted(job: ObservedJob, pod: ObservedPod | None) -> bool:
    by_job_condition = "has condition DisruptionTarget" in (job.failed_message or "")
    # Any other reason of the kubelet, such as NodeShutdown or OutOfcpu: the container was stopped or never ran.
    by_kubelet = pod is not None and pod.reason is not None and pod.reason != "DeadlineExceeded"
    return by_job_condition or by_kubelet or (pod is not None and pod.disrupted)


def _disruption(job: ObservedJob, pod: ObservedPod | None) -> str:
    if pod is None:
        return job.failed_message or f"the pod of Job {job.name} was disrupted"
    where = f" on node {pod.node}" if pod.node else ""
    detail = ": ".join(part for part in (pod.reason, pod.message) if part)
    return f"pod {pod.name}{where} was drained, preempted or evicted" + (f": {detail}" if detail else "")


def _deadline(job: ObservedJob, pod: ObservedPod | None) -> Failure:
    detail = (pod and pod.message) or job.failed_message or "no message"
    if pod and pod.started_at is None:
        hint = "Check its Events, or raise spec.startDeadlineSeconds."
        return failure_of(FailureReason.DEADLINE_EXCEEDED, f"pod {pod.name} did not start in time: {detail}", hint)
    message = f"the pod of Job {job.name} was stopped at its deadline: {detail}"
    return failure_of(FailureReason.DEADLINE_EXCEEDED, message, "Raise spec.activeDeadlineSeconds.")


def _exit_code(job: ObservedJob, pod: ObservedPod | None) -> int | None:
    if pod and pod.exit_code is not None:
        return pod.exit_code
    match = re.search(r"failed with exit code (\d+)", job.failed_message or "")
    return int(match[1]) if match else None


def _exit_code_text(code: int) -> str:
    """Return an exit code, with the name of its signal if it is above 128."""
    try:
        return f"exit code {code}, {signal.Signals(code - 128).name}"
    except ValueError:
        return f"exit code {code}"
