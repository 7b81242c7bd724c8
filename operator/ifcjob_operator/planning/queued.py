"""No attempt is under way: is the file there, has it been processed before, may the next attempt start."""

from datetime import datetime, timedelta

from ifcjob.failures import FailureReason
from ifcjob.report import Failure
from ifcjob.status import ATTEMPTS_KEPT, ObservedInput
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.attempts import memory_limit, next_attempt
from ifcjob_operator.planning.ended import fail
from ifcjob_operator.planning.observation import Fact, Observed
from ifcjob_operator.planning.outcome import failure
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.planning.status_draft import ConditionReason, Draft
from ifcjob_operator.planning.succeeding import is_complete_enough, reuse

HELD_BACK = frozenset(
    {
        ConditionReason.WAITING_FOR_IDENTICAL,
        ConditionReason.QUEUE_NOT_FOUND,
        ConditionReason.QUEUE_DRAINING,
        ConditionReason.EXCEEDS_BUDGET,
        ConditionReason.BACKING_OFF,
        ConditionReason.SUSPENDED,
    }
)
"""What must be taken back when it is no longer true; `Restarting` stays true until the restart."""


def first_sight(observed: Observed, policy: Policy, now: datetime) -> Plan | None:
    """Settle before any slot is needed what can be: a missing file, a former result, an identical job under way."""
    ifcjob, found = observed.ifcjob, observed.input
    uses_cache = ifcjob.spec.cache != "Off"
    if found is None or (memory_limit(ifcjob, observed.memory) is None and not isinstance(found, Failure)):
        wanted = {Fact.INPUT, Fact.CACHED_RESULT} if uses_cache and observed.cached_result is None else {Fact.INPUT}
        return Plan(wanted_facts=frozenset(wanted))
    if isinstance(found, Failure):
        return _unreadable(observed, found, policy, now)
    if found.bytes is not None and found.bytes > ifcjob.spec.source.max_bytes:
        message = f"{found.uri} has {found.bytes:,} bytes; spec.source.maxBytes allows {ifcjob.spec.source.max_bytes:,}"
        return _unreadable(observed, failure(FailureReason.INPUT_TOO_LARGE, message), policy, now)
    if not uses_cache:
        return None
    cached = observed.cached_result
    if cached is None:
        return Plan(wanted_facts=frozenset({Fact.CACHED_RESULT}))
    if cached.result and ifcjob.spec.cache == "Use" and is_complete_enough(ifcjob, cached.result):
        return reuse(observed, found, cached, now)
    if cached.under_way is None:
        return None
    message = f"IfcJob {cached.under_way} processes the same content with the same operations"
    draft = Draft(ifcjob, now).say("Accepted", "True", ConditionReason.ACCEPTED)
    draft.say("Admitted", "False", ConditionReason.WAITING_FOR_IDENTICAL, message)
    draft.put(input=found, content_key=cached.content_key)
    recheck = now + policy.recheck_after(timedelta(seconds=draft.age("Admitted")))
    return Plan(status=draft.changed(), recheck_at=recheck, notes={"because": message})


def wait_or_start(observed: Observed, policy: Policy, now: datetime) -> Plan:
    """Wait for the end of a backoff, for a queue, for a slot; then record the next attempt and create its Job."""
    ifcjob, status = observed.ifcjob, observed.ifcjob.status
    draft, admitted = Draft(ifcjob, now), status.condition("Admitted")
    if status.next_attempt_at and status.next_attempt_at > now:
        # A resumed job goes on waiting. Of another reason, such as Restarting, the message says more.
        if admitted and admitted.reason == ConditionReason.SUSPENDED:
            draft.say(
                "Admitted",
                "False",
                ConditionReason.BACKING_OFF,
                f"next attempt at {status.next_attempt_at:%H:%M:%S} UTC",
            )
        return Plan(status=draft.changed(), recheck_at=status.next_attempt_at)
    if isinstance(observed.input, ObservedInput) and _is_unsure(observed):
        draft.say("Accepted", "True", ConditionReason.ACCEPTED)
    if observed.queue_missing:
        message = f"there is no IfcQueue {ifcjob.spec.queue} in namespace {ifcjob.metadata.namespace}: create it"
        draft.say("Admitted", "False", ConditionReason.QUEUE_NOT_FOUND, message)
        return Plan(status=draft.changed(), wants_slot=True, notes={"because": message})
    limit = memory_limit(ifcjob, observed.memory)
    if observed.admitted and limit is not None and not observed.queue_draining:
        return _start(observed, limit, policy, now)
    if observed.too_large:
        draft.say("Admitted", "False", ConditionReason.EXCEEDS_BUDGET, observed.too_large)
        return Plan(status=draft.changed(), wants_slot=True, notes={"because": observed.too_large})
    is_draining = admitted and admitted.reason == ConditionReason.QUEUE_DRAINING and observed.queue_draining
    if admitted and admitted.reason in HELD_BACK and not is_draining:
        draft.say(
            "Admitted", "False", ConditionReason.WAITING_FOR_SLOT, f"waits for a slot of queue {ifcjob.spec.queue}"
        )
    return Plan(status=draft.changed(), wants_slot=True)


def _start(observed: Observed, limit: str, policy: Policy, now: datetime) -> Plan:
    ifcjob, status = observed.ifcjob, observed.ifcjob.status
    attempt = next_attempt(ifcjob, limit, now)
    advice = observed.memory
    because = f", {advice.because}" if advice and advice.limit == limit else ""
    draft = Draft(ifcjob, now).say("Accepted", "True", ConditionReason.ACCEPTED)
    draft.say(
        "Admitted", "True", ConditionReason.ADMITTED, f"by queue {ifcjob.spec.queue}, with {limit} of memory{because}"
    )
    draft.say("Running", "False", ConditionReason.STARTING)
    draft.put(attempts=[*status.attempts, attempt][-ATTEMPTS_KEPT:], admitted_at=status.admitted_at or now)
    draft.put(next_attempt_at=None, next_memory=None, progress=None)
    if isinstance(observed.input, ObservedInput) and not status.attempts:
        draft.put(
            input=observed.input, content_key=observed.cached_result.content_key if observed.cached_result else None
        )
    return Plan(
        status=draft.status(),
        create_attempt=attempt,
        recheck_at=now + policy.waiting_shown_after,
        notes={"because": ConditionReason.ADMITTED},
    )


def _unreadable(observed: Observed, reason: Failure, policy: Policy, now: datetime) -> Plan:
    """Fail for a file that is not there; wait for a store that is not."""
    draft = Draft(observed.ifcjob, now)
    if not reason.retryable:
        draft.say("Accepted", "False", reason.reason, reason.message)
        return fail(reason, draft)
    draft.say("Accepted", "Unknown", reason.reason, reason.message)
    recheck = now + policy.recheck_after(timedelta(seconds=draft.age("Accepted")))
    return Plan(status=draft.changed(), recheck_at=recheck, notes={"because": str(reason.reason)})


def _is_unsure(observed: Observed) -> bool:
    accepted = observed.ifcjob.status.condition("Accepted")
    return accepted is not None and accepted.status == "Unknown"
