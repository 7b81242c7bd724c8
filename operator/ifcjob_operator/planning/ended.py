"""An attempt has ended: commit its artifacts, try again (later, with more memory, or for free), or fail.

A wish to stop that came while the attempt ended counts unless the run has succeeded; it never costs a retry.
"""

from datetime import datetime, timedelta

from ifcjob.failures import FailureReason
from ifcjob.report import Failure
from ifcjob_operator.planning.actions import Plan, PlannedEvent
from ifcjob_operator.planning.attempts import max_memory, more_memory
from ifcjob_operator.planning.observation import Fact, Observed
from ifcjob_operator.planning.outcome import Outcome, failure, outcome_of
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.planning.status_draft import ConditionReason, Draft
from ifcjob_operator.planning.stopping import cancelled, end_attempt, stop_asked, stop_begun, stopped
from ifcjob_operator.planning.succeeding import succeed

LONGEST_BACKOFF = timedelta(hours=1)
FIRST_RESTART_BACKOFF = timedelta(seconds=10)
LONGEST_RESTART_BACKOFF = timedelta(minutes=5)


def finish_attempt(observed: Observed, policy: Policy, now: datetime) -> Plan:
    """Finish the attempt whose Job has ended."""
    assert observed.job is not None
    if observed.pods is None:
        return Plan(wanted_facts=frozenset({Fact.PODS}))
    outcome = outcome_of(observed.job, observed.pods)
    if outcome.failure is not None:
        return settle(observed, outcome, policy, now)
    commit = observed.commit
    if commit is None:
        return Plan(commit=observed.ifcjob.status.attempts[-1].number)
    if not isinstance(commit, Failure):
        return succeed(observed, outcome, commit, now)
    if commit.reason is FailureReason.STORAGE_UNAVAILABLE:
        return _commit_later(observed, outcome, commit, policy, now)
    return settle(observed, Outcome(str(commit.reason), commit, exit_code=0, pod=outcome.pod), policy, now)


def settle(observed: Observed, outcome: Outcome, policy: Policy, now: datetime) -> Plan:
    """Decide what follows an attempt that ended without a result."""
    ifcjob, reason = observed.ifcjob, outcome.failure
    stop = stop_asked(observed) or stop_begun(ifcjob)
    assert reason is not None
    draft = Draft(ifcjob, now)
    if stop and outcome.free:
        return stopped(observed, stop, end_attempt(draft, outcome, now, stop.attempt_reason))
    end_attempt(draft, outcome, now).put(failure=reason)
    if ifcjob.spec.cancel:
        return cancelled(draft)
    if outcome.free:
        return _restart(observed, reason, draft, policy, now)
    if reason.reason is FailureReason.OUT_OF_MEMORY:
        return _with_more_memory(observed, outcome, draft, policy)
    if reason.retryable:
        return _retry(observed, reason, draft, now)
    return fail(reason, draft)


def fail(reason: Failure, draft: Draft) -> Plan:
    """Finish a job as failed."""
    draft.finish("Failed", reason.reason, f"{reason.message} ({reason.hint})", failure=reason)
    event = PlannedEvent(str(reason.reason), reason.message, "Warning")
    notes = {"because": str(reason.reason)}
    return Plan(status=draft.status(), events=(event,), notes=notes)


def _commit_later(observed: Observed, outcome: Outcome, reason: Failure, policy: Policy, now: datetime) -> Plan:
    """Keep a result that the store cannot take note of now: the attempt did its work."""
    draft = Draft(observed.ifcjob, now)
    if observed.ifcjob.spec.cancel:
        return cancelled(end_attempt(draft, outcome, now, "Cancelled"))
    message = f"the artifacts are made, their commit has to wait: {reason.message}"
    draft.say("Complete", "Unknown", reason.reason, message)
    recheck = now + policy.recheck_after(timedelta(seconds=draft.age("Complete")))
    return Plan(status=draft.changed(), recheck_at=recheck, notes={"because": message})


def _restart(observed: Observed, reason: Failure, draft: Draft, policy: Policy, now: datetime) -> Plan:
    restarts = observed.ifcjob.status.infra_restarts
    if restarts >= policy.max_infra_restarts:
        message = f"attempts were disrupted or lost {restarts + 1} times, the last time: {reason.message}"
        hint = "Look at the nodes and at what evicts or deletes these pods; then submit the job again."
        return fail(failure(FailureReason.RUN_LOST, message, hint), draft)
    wait = min(FIRST_RESTART_BACKOFF * 2 ** (restarts - 1), LONGEST_RESTART_BACKOFF) if restarts else None
    draft.put(infra_restarts=restarts + 1, next_attempt_at=now + wait if wait else None)
    message = f"restart {restarts + 1} of at most {policy.max_infra_restarts}, no retry: {reason.message}"
    return _again(observed, reason, draft, ConditionReason.RESTARTING, message)


def _with_more_memory(observed: Observed, outcome: Outcome, draft: Draft, policy: Policy) -> Plan:
    ifcjob, retries = observed.ifcjob, observed.ifcjob.status.retries
    limit, highest = ifcjob.status.attempts[-1].memory_limit, max_memory(ifcjob, policy)
    assert outcome.failure is not None
    peak = outcome.report.peak_memory_bytes if outcome.report else 0
    used = f", its processes used {peak / 2**20:,.0f} MiB at most" if peak else ""
    message = f"{outcome.failure.message}; the limit was {limit}{used}"
    raised = more_memory(ifcjob, limit, policy)
    if raised is None:
        hint = f"Raise spec.resources.maxMemory above {highest}, or ask for fewer CPUs or without `gltf`."
        message = f"{message}, and a job may have {highest} at most"
        return fail(failure(FailureReason.OUT_OF_MEMORY, _tries(message, retries), hint), draft)
    told = failure(FailureReason.OUT_OF_MEMORY, message)
    if retries >= ifcjob.spec.retry.limit:
        hint = f"Set spec.resources.memory to {raised} or more, or raise spec.retry.limit."
        return fail(failure(FailureReason.OUT_OF_MEMORY, _tries(message, retries), hint), draft)
    draft.put(retries=retries + 1, next_memory=raised, next_attempt_at=None, failure=told)
    return _again(observed, told, draft, ConditionReason.RESTARTING, f"the next attempt gets {raised}: {message}")


def _retry(observed: Observed, reason: Failure, draft: Draft, now: datetime) -> Plan:
    retry, retries = observed.ifcjob.spec.retry, observed.ifcjob.status.retries
    if retries >= retry.limit:
        return fail(reason.model_copy(update={"message": _tries(reason.message, retries)}), draft)
    at = now + min(timedelta(seconds=retry.backoff_seconds * 2**retries), LONGEST_BACKOFF)
    draft.put(retries=retries + 1, next_attempt_at=at)
    message = f"retry {retries + 1} of {retry.limit} at {at:%H:%M:%S} UTC, after {reason.reason}: {reason.message}"
    return _again(observed, reason, draft, ConditionReason.BACKING_OFF, message)


def _again(observed: Observed, reason: Failure, draft: Draft, because: ConditionReason, message: str) -> Plan:
    """Send the job back to its queue, or keep it suspended."""
    stop = stop_asked(observed)
    draft.say("Admitted", "False", stop.because if stop else because, stop.message if stop else message)
    status = draft.status()
    return Plan(
        status=status,
        events=(PlannedEvent(str(reason.reason), message, "Warning"),),
        recheck_at=status.next_attempt_at,
        notes={"because": str(reason.reason)},
    )


def _tries(message: str, retries: int) -> str:
    return f"{message} (after {retries} {'retry' if retries == 1 else 'retries'})" if retries else message
