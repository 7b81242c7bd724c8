"""Before an attempt: the file, former results, identical jobs, backoff, queue, slot."""

from dataclasses import replace

import pytest

from ifcjob.failures import FailureReason
from ifcjob.resource import IfcJob
from ifcjob_operator.plan import plan
from ifcjob_operator.planning.observation import CachedResult, Fact, MemoryAdvice, Observed
from ifcjob_operator.planning.outcome import failure_of
from ifcjob_operator.planning.policy import Policy
from tests.support.builders import (
    GIB,
    INPUT,
    NOW,
    RESULT,
    SHA256,
    a_condition,
    a_job,
    a_result,
    a_status,
    ago,
    an_ifcjob,
    between,
    later,
    observed,
    starting,
)

POLICY = Policy(max_memory_bytes=16 * GIB)
CACHED_RESULT = CachedResult(content_key="k" * 64, result=a_result(), input_sha256=SHA256)
STORE_DOWN = failure_of(FailureReason.STORAGE_UNAVAILABLE, "s3.example.org does not answer")
WAITS = a_status(a_condition("Accepted"), a_condition("Admitted", "False", "WaitingForIdentical"), input=INPUT)


def test_source_and_cached_result_are_looked_up_without_a_slot() -> None:
    observation = observed(input=None, cached_result=None, memory=None)
    assert plan(observation, POLICY, NOW).wanted_facts == {Fact.INPUT, Fact.CACHED_RESULT}
    assert plan(replace(observation, ifcjob=an_ifcjob(cache="Off")), POLICY, NOW).wanted_facts == {Fact.INPUT}
    assert plan(observed(cached_result=None), POLICY, NOW).wanted_facts == {Fact.CACHED_RESULT}
    assert plan(observed(an_ifcjob(resources={"memory": "4Gi"}), memory=None), POLICY, NOW).wanted_facts == frozenset()
    assert plan(observed(memory=None), POLICY, NOW).wanted_facts == {Fact.INPUT}


def test_a_queued_job_has_no_status() -> None:
    waits = plan(observed(), POLICY, NOW)
    assert waits.is_empty
    assert waits.wants_slot


def test_one_plan_records_and_creates_an_attempt() -> None:
    starts = plan(observed(an_ifcjob(generation=3), admitted=True), POLICY, NOW)
    assert starts.status is not None
    assert starts.create_attempt == starts.status.attempts[-1]
    assert starts.create_attempt.job_name == "house-0d9f5a3e-1"
    assert starts.create_attempt.memory_limit == "1Gi"
    assert (starts.status.phase, starts.status.observed_generation, starts.status.admitted_at) == ("Starting", 3, NOW)
    assert (starts.status.input, starts.delete_jobs, starts.events) == (INPUT, (), ())


@pytest.mark.parametrize(
    ("ifcjob", "advice", "limit"),
    [
        pytest.param(an_ifcjob(), MemoryAdvice(700 * 2**20, "formula"), "700Mi", id="advised"),
        pytest.param(an_ifcjob(resources={"memory": "4Gi"}), MemoryAdvice(700 * 2**20, "f"), "4Gi", id="asked for"),
        pytest.param(an_ifcjob(status=between(next_memory="2048Mi")), None, "2Gi", id="after OutOfMemory"),
        pytest.param(an_ifcjob(status=between()), None, "1Gi", id="as before"),
    ],
)
def test_the_memory_limit_of_the_next_attempt(ifcjob: IfcJob, advice: MemoryAdvice | None, limit: str) -> None:
    starts = plan(observed(ifcjob, admitted=True, memory=advice), POLICY, NOW)
    assert starts.create_attempt is not None
    assert starts.status is not None
    assert starts.create_attempt.memory_limit == limit
    assert starts.status.next_memory is None


def test_a_job_larger_than_the_budget_reports_it_until_it_fits() -> None:
    waits = plan(observed(too_large="it requests 9Gi"), POLICY, NOW)
    assert waits.wants_slot
    assert waits.status is not None
    condition = waits.status.condition("Admitted")
    assert condition is not None
    assert (condition.status, condition.reason, condition.message) == ("False", "ExceedsBudget", "it requests 9Gi")
    informed = an_ifcjob(status=waits.status)
    assert plan(observed(informed, too_large="it requests 9Gi"), POLICY, NOW).is_empty
    fits = plan(observed(informed), POLICY, NOW).status
    assert fits is not None
    assert [condition.reason for condition in fits.conditions] == ["WaitingForSlot"]
    assert plan(observed(informed, too_large="it requests 9Gi", admitted=True), POLICY, NOW).create_attempt is not None


def test_the_last_ten_attempts_are_kept() -> None:
    starts = plan(observed(an_ifcjob(status=between(number=12)), admitted=True), POLICY, NOW)
    assert starts.status is not None
    assert [attempt.number for attempt in starts.status.attempts] == list(range(4, 14))
    assert starts.status.attempts[-1].job_name.endswith("-13")


@pytest.mark.parametrize(
    ("observation", "reason"),
    [
        pytest.param(observed(queue_missing=True, admitted=False), "QueueNotFound", id="queue is missing"),
        pytest.param(
            observed(cached_result=CachedResult(under_way="twin")),
            "WaitingForIdentical",
            id="identical job is under way",
        ),
        pytest.param(
            observed(an_ifcjob(cache="Refresh"), cached_result=CachedResult(under_way="twin")),
            "WaitingForIdentical",
            id="Refresh waits for an identical job too",
        ),
        pytest.param(
            observed(an_ifcjob(status=between(admitted_reason="Suspended", next_attempt_at=later(9)))),
            "BackingOff",
            id="resumed while backing off",
        ),
        pytest.param(observed(an_ifcjob(status=WAITS)), "WaitingForSlot", id="the identical job failed"),
        pytest.param(observed(an_ifcjob(status=between(admitted_reason="Suspended"))), "WaitingForSlot", id="resumed"),
        pytest.param(
            observed(an_ifcjob(status=between(admitted_reason="BackingOff"))), "WaitingForSlot", id="backoff is over"
        ),
        pytest.param(
            observed(an_ifcjob(status=between(admitted_reason="QueueDraining"))),
            "WaitingForSlot",
            id="queue admits again",
        ),
        pytest.param(
            observed(an_ifcjob(status=between(admitted_reason="QueueNotFound"))),
            "WaitingForSlot",
            id="queue was created",
        ),
    ],
)
def test_the_status_explains_why_a_job_waits(observation: Observed, reason: str) -> None:
    waits = plan(observation, POLICY, NOW)
    assert waits.status is not None
    condition = waits.status.condition("Admitted")
    assert condition is not None
    assert (condition.status, condition.reason) == ("False", reason)
    assert (waits.status.phase, waits.create_attempt) == ("Queued", None)
    again = plan(
        replace(observation, ifcjob=observation.ifcjob.model_copy(update={"status": waits.status})), POLICY, NOW
    )
    assert again.is_empty


def test_the_message_names_what_the_job_waits_for() -> None:
    twin = plan(observed(cached_result=CachedResult(under_way="twin")), POLICY, NOW)
    missing = plan(observed(an_ifcjob(queue="night"), queue_missing=True), POLICY, NOW)
    for decision, word in ((twin, "twin"), (missing, "night")):
        assert decision.status is not None
        condition = decision.status.condition("Admitted")
        assert condition is not None
        assert word in condition.message
    assert twin.recheck_at is not None
    assert not twin.wants_slot


@pytest.mark.parametrize(
    "observation",
    [
        pytest.param(observed(an_ifcjob(status=between(next_attempt_at=later(9))), admitted=True), id="backing off"),
        pytest.param(
            observed(an_ifcjob(status=between(admitted_reason="QueueDraining")), queue_draining=True), id="draining"
        ),
        pytest.param(observed(admitted=True, queue_draining=True), id="granted just before the drain"),
        pytest.param(
            observed(an_ifcjob(status=between("Disrupted", admitted_reason="Restarting"))),
            id="restart waits for a slot",
        ),
    ],
)
def test_a_job_that_keeps_waiting_writes_no_status(observation: Observed) -> None:
    assert plan(observation, POLICY, NOW).is_empty


def test_a_backoff_ends_at_its_time() -> None:
    observation = observed(an_ifcjob(status=between(next_attempt_at=later(9))), admitted=True)
    assert plan(observation, POLICY, NOW).recheck_at == later(9)
    starts = plan(observation, POLICY, later(9))
    assert starts.create_attempt is not None
    assert starts.create_attempt.number == 2
    assert starts.status is not None
    assert starts.status.next_attempt_at is None


@pytest.mark.parametrize(
    "reason", [FailureReason.INPUT_NOT_FOUND, FailureReason.ACCESS_DENIED, FailureReason.INVALID_REQUEST]
)
def test_an_unreadable_source_fails_the_job_at_once(reason: FailureReason) -> None:
    fails = plan(
        observed(input=failure_of(reason, "s3://models/house.ifc is not there"), cached_result=None), POLICY, NOW
    )
    assert fails.status is not None
    assert (fails.status.phase, fails.status.attempts) == ("Failed", [])
    assert fails.status.failure is not None
    assert fails.status.failure.reason is reason
    accepted = fails.status.condition("Accepted")
    assert accepted is not None
    assert (accepted.status, accepted.reason) == ("False", reason)
    assert [event.type for event in fails.events] == ["Warning"]


def test_a_source_that_is_missing_at_a_later_attempt_fails_the_job() -> None:
    lost = failure_of(FailureReason.ACCESS_DENIED, "the host is no longer allowed")
    decision = plan(observed(an_ifcjob(status=between(number=2)), input=lost, admitted=True), POLICY, later(60))
    assert decision.status is not None
    assert decision.status.phase == "Failed"
    assert decision.status.failure == lost
    assert decision.create_attempt is None


def test_a_file_larger_than_max_bytes_fails_with_both_numbers() -> None:
    ifcjob = an_ifcjob(source={"s3": {"bucket": "models", "key": "house.ifc"}, "max_bytes": 1000})
    fails = plan(observed(ifcjob), POLICY, NOW)
    assert fails.status is not None
    assert fails.status.failure is not None
    assert fails.status.failure.reason is FailureReason.INPUT_TOO_LARGE
    assert "1,000,000" in fails.status.failure.message
    assert "1,000;" not in fails.status.failure.message.replace("allows 1,000", "")


def test_a_job_waits_for_an_unavailable_store_with_growing_intervals() -> None:
    waits = plan(observed(input=STORE_DOWN, cached_result=None), POLICY, NOW)
    assert waits.status is not None
    accepted = waits.status.condition("Accepted")
    assert accepted is not None
    assert (accepted.status, accepted.reason, waits.status.phase) == ("Unknown", "StorageUnavailable", "Queued")
    assert waits.recheck_at == later(5)
    ifcjob = an_ifcjob(status=waits.status)
    for age, wait in ((20, 10), (100, 30), (86_400, 30)):
        again = plan(observed(ifcjob, input=STORE_DOWN, admitted=True), POLICY, later(age))
        assert again.is_empty
        assert again.recheck_at == later(age + wait)
    back = plan(observed(ifcjob), POLICY, later(60))
    assert back.status is not None
    assert back.status.conditions[0].status == "True"
    assert back.wants_slot


@pytest.mark.parametrize("cache", ["Use", "Refresh", "Off"])
def test_the_cache_policy_decides_about_reuse(cache: str) -> None:
    decision = plan(observed(an_ifcjob(cache=cache), cached_result=CACHED_RESULT), POLICY, NOW)
    if cache != "Use":
        assert decision.is_empty
        return
    assert decision.status is not None
    status = decision.status
    assert (status.phase, status.cache_hit, status.result, status.attempts) == (
        "Succeeded",
        True,
        CACHED_RESULT.result,
        [],
    )
    assert (status.content_key, status.finished_at) == (CACHED_RESULT.content_key, NOW)
    assert status.input is not None
    assert status.input.sha256 == SHA256
    complete = status.condition("Complete")
    assert complete is not None
    assert complete.reason == "CacheHit"
    assert RESULT.manifest in complete.message


def test_cache_off_does_not_wait_for_identical_jobs() -> None:
    observation = observed(an_ifcjob(cache="Off"), cached_result=CachedResult(under_way="twin"), admitted=True)
    assert plan(observation, POLICY, NOW).create_attempt is not None


def test_the_result_of_an_identical_job_is_a_cache_hit() -> None:
    hit = plan(observed(an_ifcjob(status=WAITS), cached_result=CACHED_RESULT), POLICY, NOW)
    assert hit.status is not None
    assert (hit.status.phase, hit.status.cache_hit) == ("Succeeded", True)


def test_a_job_that_waits_for_an_identical_one_releases_its_slot() -> None:
    waits = plan(observed(cached_result=CachedResult(under_way="twin"), admitted=True), POLICY, NOW)
    assert waits.create_attempt is None
    assert waits.status is not None


def test_a_cached_result_must_have_the_required_coverage() -> None:
    strict = an_ifcjob(coverage={"minimum": 0.95, "on_shortfall": "Fail"})
    short, full = (CachedResult(result=a_result(expected=100, emitted=n)) for n in (94, 95))
    assert plan(observed(strict, cached_result=short), POLICY, NOW).is_empty
    hit = plan(observed(strict, cached_result=full), POLICY, NOW)
    assert hit.status is not None
    degraded = hit.status.condition("Degraded")
    assert degraded is not None
    assert "5 of 100" in degraded.message


@pytest.mark.parametrize(
    ("observation", "names"),
    [
        pytest.param(
            observed(an_ifcjob(status=starting(number=2)), job=a_job(2), older_jobs=(a_job(1),)),
            ("house-0d9f5a3e-1",),
            id="a former leader created it late",
        ),
        pytest.param(
            observed(an_ifcjob(status=between("RunLost", admitted_reason="Restarting")), job=a_job(1)),
            ("house-0d9f5a3e-1",),
            id="its node is lost",
        ),
        pytest.param(
            observed(an_ifcjob(status=starting(number=2)), job=a_job(2), older_jobs=(a_job(1, deleting=True),)),
            (),
            id="it is being deleted",
        ),
    ],
)
def test_jobs_of_earlier_attempts_are_deleted(observation: Observed, names: tuple[str, ...]) -> None:
    assert plan(observation, POLICY, NOW).delete_jobs == names


def test_a_changed_spec_is_observed_only_by_a_job_with_a_status() -> None:
    assert plan(observed(an_ifcjob(generation=2, priority=7)), POLICY, NOW).is_empty
    known = an_ifcjob(status=between("Disrupted", admitted_reason="Restarting"), generation=2)
    noticed = plan(observed(known), POLICY, NOW).status
    assert noticed is not None
    assert noticed.observed_generation == 2
    assert noticed.conditions == known.status.conditions
    assert ago(0) == NOW
