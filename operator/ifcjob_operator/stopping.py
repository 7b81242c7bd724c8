"""Who wants an attempt stopped, and how a stopped one is told of: its Job goes first, the status follows."""

from dataclasses import dataclass
from datetime import datetime

from ifcjob_operator.conditions import Because, Draft
from ifcjob_operator.observed import Observed
from ifcjob_operator.outcome import DISRUPTED, Outcome
from ifcjob_operator.planned import Plan


@dataclass(frozen=True)
class Stop:
    """A wish to stop the attempt under way."""

    attempt_reason: str
    """How the attempt ended."""
    because: Because
    """Why the job is not admitted any more."""
    message: str


def stop_asked(observed: Observed) -> Stop | None:
    """Return why an attempt must not run, the most final wish first."""
    spec = observed.ifcjob.spec
    if spec.cancel:
        return Stop("Cancelled", Because.CANCELLED, "spec.cancel is true")
    if spec.suspend:
        return Stop("Suspended", Because.SUSPENDED, "spec.suspend is true; set it to false to go on")
    if observed.queue_draining:
        message = f"queue {spec.queue} has stopPolicy HoldAndDrain; the job starts again when it admits jobs"
        return Stop(DISRUPTED, Because.QUEUE_DRAINING, message)
    return None


def stopped(observed: Observed, stop: Stop, draft: Draft) -> Plan:
    """Say that a job is cancelled, suspended or back in its queue; nothing of it runs."""
    if stop.because is Because.CANCELLED:
        return cancelled(observed, draft)
    draft.say("Admitted", "False", stop.because, stop.message)
    return Plan(status=draft.changed(), delete_jobs=left_over(observed), notes={"because": stop.because})


def cancelled(observed: Observed, draft: Draft) -> Plan:
    """Finish a job as cancelled."""
    draft.finish("Failed", Because.CANCELLED, "spec.cancel is true", failure=None)
    return Plan(delete_jobs=left_over(observed), status=draft.status(), notes={"because": Because.CANCELLED})


def left_over(observed: Observed) -> tuple[str, ...]:
    """Return the Job that must go since nobody waits for it any more."""
    job = observed.job
    return (job.name,) if job and not job.has_ended and not job.deleting else ()


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
    return draft.say("Running", "False", Because.NOT_RUNNING, message)
