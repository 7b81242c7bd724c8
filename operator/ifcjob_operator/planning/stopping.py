"""Stopping an attempt: announce it in the status, delete its Job, then record the end in the status.

The status comes first. Otherwise a new leader would take the deleted Job for one that a crash kept from being created.
"""

from dataclasses import dataclass
from datetime import datetime

from ifcjob.resource import IfcJob
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.observation import Observed, ObservedJob
from ifcjob_operator.planning.outcome import DISRUPTED
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.planning.status_draft import ConditionReason, StatusDraft


@dataclass(frozen=True)
class Stop:
    """A reason to stop the current attempt."""

    attempt_reason: str
    """The attempt's reason after its end."""
    reason: ConditionReason
    """The reason of the condition Admitted after its end."""
    message: str


def stop_requested(observed: Observed) -> Stop | None:
    """Return why an attempt must not run: cancel, suspend or drain, in this order."""
    spec = observed.ifcjob.spec
    if spec.cancel:
        return Stop("Cancelled", ConditionReason.CANCELLED, "spec.cancel is true")
    if spec.suspend:
        return Stop("Suspended", ConditionReason.SUSPENDED, "spec.suspend is true; set it to false to continue")
    if observed.queue_draining:
        message = f"queue {spec.queue} has stopPolicy HoldAndDrain; the job starts again when it admits jobs"
        return Stop(DISRUPTED, ConditionReason.QUEUE_DRAINING, message)
    return None


def stop_in_progress(ifcjob: IfcJob) -> Stop | None:
    """Return why the current attempt is being stopped; a stop that has begun is completed."""
    condition = ifcjob.status.condition("Running")
    attempt_reasons = {
        ConditionReason.SUSPENDED: "Suspended",
        ConditionReason.QUEUE_DRAINING: DISRUPTED,
        ConditionReason.CANCELLED: "Cancelled",
    }
    for reason, attempt_reason in attempt_reasons.items():
        if condition and condition.reason == reason:
            return Stop(attempt_reason, reason, condition.message)
    return None


def stop_job(observed: Observed, job: ObservedJob, stop: Stop, policy: Policy, now: datetime) -> Plan:
    """Stop the current attempt: the first plan writes the status, the next one deletes the Job."""
    ifcjob = observed.ifcjob
    if stop_in_progress(ifcjob):
        return Plan(delete_jobs=(job.name,), recheck_at=now + policy.min_recheck, reason=stop.reason)
    draft = StatusDraft(ifcjob, now)
    draft.set_condition("Running", "Unknown", stop.reason, f"its pod is being stopped: {stop.message}")
    return Plan(status=draft.status(), recheck_at=now, reason=stop.reason)


def stopped(observed: Observed, stop: Stop, draft: StatusDraft) -> Plan:
    """Record that an IfcJob is cancelled, suspended or pending again; nothing of it runs."""
    if stop.reason is ConditionReason.CANCELLED:
        return cancelled(draft)
    requested = stop_requested(observed)
    reason, message = ConditionReason.RESTARTING, "the attempt was stopped for a reason that no longer applies"
    if requested:
        reason, message = requested.reason, requested.message
    draft.set_condition("Admitted", "False", reason, message)
    return Plan(status=draft.changed(), reason=reason)


def cancelled(draft: StatusDraft) -> Plan:
    """Finish an IfcJob as cancelled."""
    draft.finish("Failed", ConditionReason.CANCELLED, "spec.cancel is true", failure=None)
    return Plan(status=draft.status(), reason=ConditionReason.CANCELLED)
