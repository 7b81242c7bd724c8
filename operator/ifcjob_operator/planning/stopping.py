"""Who wants an attempt stopped, and the order of it: the status says so, the Job goes, the status follows.

The status comes first, so that no operator takes the Job that is gone for one that a crash kept from being created.
"""

from dataclasses import dataclass
from datetime import datetime

from ifcjob.resource import IfcJob
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.observation import Observed, ObservedJob
from ifcjob_operator.planning.outcome import DISRUPTED, Outcome
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.planning.status_draft import ConditionReason, Draft


@dataclass(frozen=True)
class Stop:
    """A wish to stop the attempt under way."""

    attempt_reason: str
    """How the attempt ended."""
    because: ConditionReason
    """Why the job is not admitted any more."""
    message: str


def stop_asked(observed: Observed) -> Stop | None:
    """Return why an attempt must not run, the most final wish first."""
    spec = observed.ifcjob.spec
    if spec.cancel:
        return Stop("Cancelled", ConditionReason.CANCELLED, "spec.cancel is true")
    if spec.suspend:
        return Stop("Suspended", ConditionReason.SUSPENDED, "spec.suspend is true; set it to false to go on")
    if observed.queue_draining:
        message = f"queue {spec.queue} has stopPolicy HoldAndDrain; the job starts again when it admits jobs"
        return Stop(DISRUPTED, ConditionReason.QUEUE_DRAINING, message)
    return None


def stop_begun(ifcjob: IfcJob) -> Stop | None:
    """Return why the attempt under way is being stopped: what has begun is carried through."""
    said = ifcjob.status.condition("Running")
    reasons = {
        ConditionReason.SUSPENDED: "Suspended",
        ConditionReason.QUEUE_DRAINING: DISRUPTED,
        ConditionReason.CANCELLED: "Cancelled",
    }
    for because, attempt_reason in reasons.items():
        if said and said.reason == because:
            return Stop(attempt_reason, because, said.message)
    return None


def stop_job(observed: Observed, job: ObservedJob, stop: Stop, policy: Policy, now: datetime) -> Plan:
    """Stop the attempt under way."""
    ifcjob = observed.ifcjob
    if stop_begun(ifcjob):
        recheck = now + policy.min_recheck
        return Plan(delete_jobs=(job.name,), recheck_at=recheck, notes={"because": stop.because})
    draft = Draft(ifcjob, now).say("Running", "Unknown", stop.because, f"its pod is told to stop: {stop.message}")
    return Plan(status=draft.status(), recheck_at=now, notes={"because": stop.because})


def stopped(observed: Observed, stop: Stop, draft: Draft) -> Plan:
    """Say that a job is cancelled, suspended or back in its queue; nothing of it runs."""
    if stop.because is ConditionReason.CANCELLED:
        return cancelled(draft)
    asked = stop_asked(observed)
    because, message = (
        (asked.because, asked.message) if asked else (ConditionReason.RESTARTING, f"{stop.message}: it is over")
    )
    draft.say("Admitted", "False", because, message)
    return Plan(status=draft.changed(), notes={"because": because})


def cancelled(draft: Draft) -> Plan:
    """Finish a job as cancelled."""
    draft.finish("Failed", ConditionReason.CANCELLED, "spec.cancel is true", failure=None)
    return Plan(status=draft.status(), notes={"because": ConditionReason.CANCELLED})


def end_attempt(draft: Draft, outcome: Outcome, now: datetime, reason: str | None = None) -> Draft:
    """Write down how the attempt under way ended."""
    pod, report, reason = outcome.pod, outcome.report, reason or outcome.reason
    number = draft.status().attempts[-1].number
    fields: dict[str, object] = {
        "reason": reason,
        "exit_code": outcome.exit_code,
        "finished_at": (pod and pod.finished_at) or now,
    }
    if pod and pod.started_at:
        fields["started_at"] = pod.started_at
    if report:
        fields |= {"peak_memory_bytes": report.peak_memory_bytes or None, "cpu_seconds": report.cpu_seconds}
    draft.change_attempt(**fields).put(progress=None)
    message = f"attempt {number} ended: {reason}"
    if outcome.failure:
        message = f"{message}: {outcome.failure.message}"
    return draft.say("Running", "False", ConditionReason.NOT_RUNNING, message)
