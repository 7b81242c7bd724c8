"""No attempt is under way: check the source and the cache, then wait for a slot and start the next attempt."""

from datetime import datetime

from ifcjob.failures import FailureReason
from ifcjob.report import Failure
from ifcjob.status import ATTEMPTS_KEPT, ObservedInput
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.attempts import next_attempt, next_memory_bytes
from ifcjob_operator.planning.ended import has_required_coverage, reuse
from ifcjob_operator.planning.observation import Fact, Observed
from ifcjob_operator.planning.outcome import failure_of
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.planning.status_draft import ConditionReason, StatusDraft, fail

TEMPORARY_REASONS = frozenset(
    {
        ConditionReason.WAITING_FOR_IDENTICAL,
        ConditionReason.QUEUE_NOT_FOUND,
        ConditionReason.QUEUE_DRAINING,
        ConditionReason.EXCEEDS_BUDGET,
        ConditionReason.BACKING_OFF,
        ConditionReason.SUSPENDED,
    }
)
"""Reasons to replace once they no longer hold; `Restarting` holds until the restart."""


def before_first_attempt(observed: Observed, policy: Policy, now: datetime) -> Plan | None:
    """Handle everything that needs no slot: a missing source, a cached result, an identical IfcJob under way."""
    ifcjob, source, cached = observed.ifcjob, observed.input, observed.cached_result
    uses_cache = ifcjob.spec.cache != "Off"
    if source is None or (next_memory_bytes(ifcjob, observed.memory) is None and not isinstance(source, Failure)):
        facts = {Fact.INPUT, Fact.CACHED_RESULT} if uses_cache and cached is None else {Fact.INPUT}
        return Plan(wanted_facts=frozenset(facts))
    if isinstance(source, Failure):
        return _source_failed(observed, source, policy, now)
    max_bytes = ifcjob.spec.source.max_bytes
    if source.bytes is not None and source.bytes > max_bytes:
        message = f"{source.uri} has {source.bytes:,} bytes; spec.source.maxBytes allows {max_bytes:,}"
        return _source_failed(observed, failure_of(FailureReason.INPUT_TOO_LARGE, message), policy, now)
    if not uses_cache:
        return None
    if cached is None:
        return Plan(wanted_facts=frozenset({Fact.CACHED_RESULT}))
    if cached.result and ifcjob.spec.cache == "Use" and has_required_coverage(ifcjob, cached.result):
        return reuse(observed, source, cached, now)
    if cached.under_way is None:
        return None
    message = f"IfcJob {cached.under_way} processes the same content with the same operations"
    draft = StatusDraft(ifcjob, now).set_condition("Accepted", "True", ConditionReason.ACCEPTED)
    draft.set_condition("Admitted", "False", ConditionReason.WAITING_FOR_IDENTICAL, message)
    draft.set_fields(input=source, content_key=cached.content_key)
    recheck = now + policy.recheck_after(draft.condition_age("Admitted"))
    return Plan(status=draft.changed(), recheck_at=recheck, reason=message)


def wait_or_start(observed: Observed, policy: Policy, now: datetime) -> Plan:
    """Wait for the end of a backoff, for the queue, and for a slot; then start the next attempt."""
    ifcjob, status = observed.ifcjob, observed.ifcjob.status
    draft, admitted = StatusDraft(ifcjob, now), status.condition("Admitted")
    if status.next_attempt_at and status.next_attempt_at > now:
        # Only a resumed IfcJob needs a new message: those of other reasons, such as Restarting, say more.
        if admitted and admitted.reason == ConditionReason.SUSPENDED:
            message = f"next attempt at {status.next_attempt_at:%H:%M:%S} UTC"
            draft.set_condition("Admitted", "False", ConditionReason.BACKING_OFF, message)
        return Plan(status=draft.changed(), recheck_at=status.next_attempt_at)
    if isinstance(observed.input, ObservedInput) and _is_acceptance_unknown(observed):
        draft.set_condition("Accepted", "True", ConditionReason.ACCEPTED)
    if observed.queue_missing:
        message = f"IfcQueue {ifcjob.spec.queue} does not exist in namespace {ifcjob.metadata.namespace}: create it"
        draft.set_condition("Admitted", "False", ConditionReason.QUEUE_NOT_FOUND, message)
        return Plan(status=draft.changed(), wants_slot=True, reason=message)
    memory_bytes = next_memory_bytes(ifcjob, observed.memory)
    if observed.admitted and memory_bytes is not None and not observed.queue_draining:
        return _start(observed, memory_bytes, policy, now)
    if observed.too_large:
        draft.set_condition("Admitted", "False", ConditionReason.EXCEEDS_BUDGET, observed.too_large)
        return Plan(status=draft.changed(), wants_slot=True, reason=observed.too_large)
    is_draining = admitted and admitted.reason == ConditionReason.QUEUE_DRAINING and observed.queue_draining
    if admitted and admitted.reason in TEMPORARY_REASONS and not is_draining:
        message = f"waits for a slot of queue {ifcjob.spec.queue}"
        draft.set_condition("Admitted", "False", ConditionReason.WAITING_FOR_SLOT, message)
    return Plan(status=draft.changed(), wants_slot=True)


def _start(observed: Observed, memory_bytes: int, policy: Policy, now: datetime) -> Plan:
    """Record the next attempt in the status, and create its Job and Secret."""
    ifcjob, status = observed.ifcjob, observed.ifcjob.status
    attempt = next_attempt(ifcjob, memory_bytes, now)
    advice, cached = observed.memory, observed.cached_result
    explanation = f", {advice.reason}" if advice and advice.memory_bytes == memory_bytes else ""
    message = f"by queue {ifcjob.spec.queue}, with {attempt.memory_limit} of memory{explanation}"
    draft = StatusDraft(ifcjob, now).set_condition("Accepted", "True", ConditionReason.ACCEPTED)
    draft.set_condition("Admitted", "True", ConditionReason.ADMITTED, message)
    draft.set_condition("Running", "False", ConditionReason.STARTING)
    draft.set_fields(attempts=[*status.attempts, attempt][-ATTEMPTS_KEPT:], admitted_at=status.admitted_at or now)
    draft.set_fields(next_attempt_at=None, next_memory=None, progress=None)
    if isinstance(observed.input, ObservedInput) and not status.attempts:
        draft.set_fields(input=observed.input, content_key=cached.content_key if cached else None)
    recheck = now + policy.waiting_shown_after
    return Plan(status=draft.status(), create_attempt=attempt, recheck_at=recheck, reason=ConditionReason.ADMITTED)


def _source_failed(observed: Observed, failure: Failure, policy: Policy, now: datetime) -> Plan:
    """Fail for a source that cannot be used; wait for a store that is unavailable."""
    draft = StatusDraft(observed.ifcjob, now)
    if not failure.retryable:
        draft.set_condition("Accepted", "False", failure.reason, failure.message)
        return fail(failure, draft)
    draft.set_condition("Accepted", "Unknown", failure.reason, failure.message)
    recheck = now + policy.recheck_after(draft.condition_age("Accepted"))
    return Plan(status=draft.changed(), recheck_at=recheck, reason=str(failure.reason))


def _is_acceptance_unknown(observed: Observed) -> bool:
    accepted = observed.ifcjob.status.condition("Accepted")
    return accepted is not None and accepted.status == "Unknown"
