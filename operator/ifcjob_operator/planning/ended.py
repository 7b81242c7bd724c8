"""An attempt has ended: commit its artifacts, reuse earlier ones, start another attempt, or fail.

A stop that was requested meanwhile counts unless the run has succeeded, and never costs a retry.
"""

from datetime import datetime, timedelta

from ifcjob.failures import FailureReason
from ifcjob.quantity import byte_quantity
from ifcjob.report import Failure, RunReport
from ifcjob.resource import IfcJob
from ifcjob.status import ConditionType, JobProgress, ObservedInput, Result
from ifcjob_operator.planning.actions import Plan, PlannedEvent
from ifcjob_operator.planning.attempts import max_memory_bytes, memory_bytes_of, more_memory_bytes
from ifcjob_operator.planning.observation import CachedResult, Committed, Fact, Observed
from ifcjob_operator.planning.outcome import Outcome, failure_of, outcome_of
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.planning.status_draft import ConditionReason, StatusDraft, end_attempt, fail
from ifcjob_operator.planning.stopping import cancelled, stop_in_progress, stop_requested, stopped

MAX_BACKOFF = timedelta(hours=1)
FIRST_RESTART_BACKOFF = timedelta(seconds=10)
MAX_RESTART_BACKOFF = timedelta(minutes=5)


def finish_attempt(observed: Observed, policy: Policy, now: datetime) -> Plan:
    """Finish the attempt whose Job has ended, or whose runner has beside a sidecar."""
    assert observed.job is not None
    if observed.pods is None:
        return Plan(wanted_facts=frozenset({Fact.PODS}))
    outcome = outcome_of(observed.job, observed.pods)
    if outcome.failure is not None and outcome.pod is None and outcome.exit_code is None:
        return finish_unseen_attempt(observed, outcome, policy, now)
    if outcome.failure is not None:
        return after_failed_attempt(observed, outcome, policy, now)
    return _commit(observed, outcome, policy, now)


def commit_published(observed: Observed, report: RunReport, now: datetime) -> Plan:
    """Commit an attempt that has published, before its Job shows that its pod has ended."""
    commit = observed.commit
    if not isinstance(commit, Committed):
        return Plan(commit=observed.ifcjob.status.attempts[-1].number)
    return succeed(observed, Outcome("Succeeded", exit_code=0, posted=report), commit, now)


def finish_unseen_attempt(observed: Observed, outcome: Outcome, policy: Policy, now: datetime) -> Plan:
    """Finish an attempt whose Job or pod is gone: its artifacts count if they are complete, and else `outcome` does.

    A Job that succeeded while no operator was there may have been deleted at the end of its TTL.
    """
    published, number = observed.published, observed.ifcjob.status.attempts[-1].number
    if published is None:
        return Plan(wanted_facts=frozenset({Fact.PUBLISHED}))
    if published is True:
        code = outcome.pod.exit_code if outcome.pod else None
        return _commit(observed, Outcome("Succeeded", exit_code=code, pod=outcome.pod), policy, now)
    if isinstance(published, Failure) and not observed.ifcjob.spec.cancel:
        draft = StatusDraft(observed.ifcjob, now)
        message = f"attempt {number} is gone, and its artifacts cannot be looked up yet: {published.message}"
        return _wait_for_store(draft, "Running", published, message, policy, now)
    return after_failed_attempt(observed, outcome, policy, now)


def _commit(observed: Observed, outcome: Outcome, policy: Policy, now: datetime) -> Plan:
    """Commit the artifacts of an attempt that has succeeded."""
    commit = observed.commit
    if commit is None:
        return Plan(commit=observed.ifcjob.status.attempts[-1].number)
    if not isinstance(commit, Failure):
        return succeed(observed, outcome, commit, now)
    if commit.reason is FailureReason.STORAGE_UNAVAILABLE:
        return _retry_commit(observed, outcome, commit, policy, now)
    rejected = Outcome(str(commit.reason), commit, exit_code=0, pod=outcome.pod)
    return after_failed_attempt(observed, rejected, policy, now)


def succeed(observed: Observed, outcome: Outcome, commit: Committed, now: datetime) -> Plan:
    """Finish an IfcJob whose attempt is committed."""
    ifcjob = observed.ifcjob
    draft = end_attempt(StatusDraft(ifcjob, now), outcome, now)
    message = f"the artifacts are beside {commit.result.manifest}"
    draft.finish("Complete", ConditionReason.SUCCEEDED, message, result=commit.result, failure=None)
    if outcome.report.degraded if outcome.report else _is_degraded(commit.result):
        _set_degraded(draft, commit.result)
    counts = commit.result.summary.coverage
    total = counts.expected if counts else 0
    progress = JobProgress(percent=100, stage="done", elements_done=total, elements_total=total, updated_at=now)
    draft.set_fields(progress=progress)
    known_input = ifcjob.status.input
    if known_input and commit.input_sha256:
        draft.set_fields(input=known_input.model_copy(update={"sha256": commit.input_sha256}))
    # With `cache: Off` an IfcJob does not offer its result to others either.
    offers = ifcjob.spec.cache != "Off"
    draft.set_fields(content_key=(commit.content_key or ifcjob.status.content_key) if offers else None)
    return Plan(status=draft.status(), reason=ConditionReason.SUCCEEDED)


def reuse(observed: Observed, source: ObservedInput, cached: CachedResult, now: datetime) -> Plan:
    """Finish an IfcJob with the artifacts of an earlier one."""
    result = cached.result
    assert result is not None
    draft = StatusDraft(observed.ifcjob, now).set_condition("Accepted", "True", ConditionReason.ACCEPTED)
    message = f"the same content was processed before: {result.manifest}"
    draft.finish("Complete", ConditionReason.CACHE_HIT, message, result=result, cache_hit=True, failure=None)
    if _is_degraded(result):
        _set_degraded(draft, result)
    sha256 = cached.input_sha256 or source.sha256
    draft.set_fields(input=source.model_copy(update={"sha256": sha256}), content_key=cached.content_key)
    return Plan(status=draft.status(), reason=ConditionReason.CACHE_HIT)


def has_required_coverage(ifcjob: IfcJob, result: Result) -> bool:
    """Whether an earlier result has the coverage that this IfcJob requires."""
    required, counts = ifcjob.spec.coverage, result.summary.coverage
    return required.on_shortfall != "Fail" or counts is None or counts.emitted >= required.minimum * counts.expected


def after_failed_attempt(observed: Observed, outcome: Outcome, policy: Policy, now: datetime) -> Plan:
    """Decide how an IfcJob continues after an attempt without a result."""
    ifcjob, failure = observed.ifcjob, outcome.failure
    stop = stop_requested(observed) or stop_in_progress(ifcjob)
    assert failure is not None
    draft = StatusDraft(ifcjob, now)
    if stop and outcome.is_disruption:
        return stopped(observed, stop, end_attempt(draft, outcome, now, stop.attempt_reason))
    end_attempt(draft, outcome, now).set_fields(failure=failure)
    if ifcjob.spec.cancel:
        return cancelled(draft)
    if outcome.is_disruption:
        return _restart(observed, failure, draft, policy, now)
    if failure.reason is FailureReason.OUT_OF_MEMORY:
        return _with_more_memory(observed, outcome, draft, policy)
    if failure.retryable:
        return _retry(observed, failure, draft, now)
    return fail(failure, draft)


def _retry_commit(observed: Observed, outcome: Outcome, failure: Failure, policy: Policy, now: datetime) -> Plan:
    """Keep the artifacts and commit later: the attempt itself has succeeded."""
    draft = StatusDraft(observed.ifcjob, now)
    if observed.ifcjob.spec.cancel:
        return cancelled(end_attempt(draft, outcome, now, "Cancelled"))
    message = f"the artifacts are complete, but cannot be committed yet: {failure.message}"
    return _wait_for_store(draft, "Complete", failure, message, policy, now)


def _wait_for_store(
    draft: StatusDraft, kind: ConditionType, failure: Failure, message: str, policy: Policy, now: datetime
) -> Plan:
    """Leave a condition unknown until the object store answers."""
    draft.set_condition(kind, "Unknown", failure.reason, message)
    recheck = now + policy.recheck_after(draft.condition_age(kind))
    return Plan(status=draft.changed(), recheck_at=recheck, reason=message)


def _restart(observed: Observed, failure: Failure, draft: StatusDraft, policy: Policy, now: datetime) -> Plan:
    restarts = observed.ifcjob.status.infra_restarts
    if restarts >= policy.max_infra_restarts:
        message = f"attempts were disrupted or lost {restarts + 1} times, the last time: {failure.message}"
        hint = "Check the nodes and find out why these pods are evicted or deleted; then submit the job again."
        return fail(failure_of(FailureReason.RUN_LOST, message, hint), draft)
    wait = min(FIRST_RESTART_BACKOFF * 2 ** (restarts - 1), MAX_RESTART_BACKOFF) if restarts else None
    draft.set_fields(infra_restarts=restarts + 1, next_attempt_at=now + wait if wait else None)
    message = f"restart {restarts + 1} of at most {policy.max_infra_restarts}, no retry: {failure.message}"
    return _back_to_queue(observed, failure, draft, ConditionReason.RESTARTING, message)


def _with_more_memory(observed: Observed, outcome: Outcome, draft: StatusDraft, policy: Policy) -> Plan:
    ifcjob, retries = observed.ifcjob, observed.ifcjob.status.retries
    limit = memory_bytes_of(ifcjob.status.attempts[-1])
    assert limit is not None, "every attempt is recorded with its limit"
    assert outcome.failure is not None
    peak = outcome.report.peak_memory_bytes if outcome.report else 0
    used = f", its processes used {peak / 2**20:,.0f} MiB at most" if peak else ""
    message = f"{outcome.failure.message}; the limit was {byte_quantity(limit)}{used}"
    raised_bytes = more_memory_bytes(ifcjob, limit, policy)
    if raised_bytes is None:
        highest = byte_quantity(max_memory_bytes(ifcjob, policy))
        hint = f"Raise spec.resources.maxMemory above {highest}, or ask for fewer CPUs or without `gltf`."
        message = f"{message}, and a job may have {highest} at most"
        return fail(failure_of(FailureReason.OUT_OF_MEMORY, _after_retries(message, retries), hint), draft)
    raised = byte_quantity(raised_bytes)
    failure = failure_of(FailureReason.OUT_OF_MEMORY, message)
    if retries >= ifcjob.spec.retry.limit:
        hint = f"Set spec.resources.memory to {raised} or more, or raise spec.retry.limit."
        return fail(failure_of(FailureReason.OUT_OF_MEMORY, _after_retries(message, retries), hint), draft)
    draft.set_fields(retries=retries + 1, next_memory=raised, next_attempt_at=None, failure=failure)
    message = f"the next attempt gets {raised}: {message}"
    return _back_to_queue(observed, failure, draft, ConditionReason.RESTARTING, message)


def _retry(observed: Observed, failure: Failure, draft: StatusDraft, now: datetime) -> Plan:
    retry, retries = observed.ifcjob.spec.retry, observed.ifcjob.status.retries
    if retries >= retry.limit:
        return fail(failure.model_copy(update={"message": _after_retries(failure.message, retries)}), draft)
    at = now + min(timedelta(seconds=retry.backoff_seconds * 2**retries), MAX_BACKOFF)
    draft.set_fields(retries=retries + 1, next_attempt_at=at)
    message = f"retry {retries + 1} of {retry.limit} at {at:%H:%M:%S} UTC, after {failure.reason}: {failure.message}"
    return _back_to_queue(observed, failure, draft, ConditionReason.BACKING_OFF, message)


def _back_to_queue(
    observed: Observed, failure: Failure, draft: StatusDraft, reason: ConditionReason, message: str
) -> Plan:
    """Return the IfcJob to its queue, or keep it suspended."""
    stop = stop_requested(observed)
    admitted_reason, admitted_message = (stop.reason, stop.message) if stop else (reason, message)
    draft.set_condition("Admitted", "False", admitted_reason, admitted_message)
    status = draft.status()
    event = PlannedEvent(str(failure.reason), message, "Warning")
    return Plan(status=status, events=(event,), recheck_at=status.next_attempt_at, reason=str(failure.reason))


def _after_retries(message: str, retries: int) -> str:
    return f"{message} (after {retries} {'retry' if retries == 1 else 'retries'})" if retries else message


def _is_degraded(result: Result) -> bool:
    return result.summary.coverage is not None and result.summary.coverage.skipped > 0


def _set_degraded(draft: StatusDraft, result: Result) -> None:
    counts = result.summary.coverage
    missing = (
        f"{counts.skipped:,} of {counts.expected:,} elements have no geometry" if counts else "elements are missing"
    )
    message = f"{missing}: coverage.skipped in manifest.json lists them"
    draft.set_condition("Degraded", "True", "CoverageShortfall", message)
