"""An attempt has ended: its artifacts are committed, or it is tried again, or the job fails."""

from dataclasses import replace
from typing import Any

import pytest

from ifcjob.failures import FAILURES, FailureReason
from ifcjob.resource import IfcJob
from ifcjob.status import IfcJobStatus
from ifcjob_operator.plan import plan
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.observation import Committed, Fact, Observed, ObservedPod
from ifcjob_operator.planning.outcome import failure_of
from ifcjob_operator.planning.policy import Policy
from tests.support.builders import (
    COMMITTED,
    GIB,
    NOW,
    RESULT,
    SHA256,
    a_failed_job,
    a_job,
    a_pod,
    a_report,
    a_result,
    ago,
    an_ifcjob,
    later,
    observed,
    running,
    starting,
)

POLICY = Policy(max_memory_bytes=4 * GIB, max_infra_restarts=3)
OOM = a_pod(exit_code=137, oom_killed=True)
DRAINED = a_pod(exit_code=75, disrupted=True, started_at=ago(20), finished_at=ago(1))


def ended(pod: ObservedPod, status: IfcJobStatus | None = None, **spec: Any) -> Observed:
    """Observe a job whose attempt has failed with this pod."""
    return observed(an_ifcjob(status=status or running(), **spec), job=a_failed_job(), pods=(pod,))


def succeeded(commit: object = None, report: object = None, ifcjob: IfcJob | None = None) -> Observed:
    """Observe a job whose Job is complete."""
    pod = a_pod("Succeeded", exit_code=0, started_at=ago(20), finished_at=ago(2), report=report)
    return observed(ifcjob or an_ifcjob(status=running()), job=a_job(complete=True), pods=(pod,), commit=commit)


def test_a_job_that_failed_with_its_pod_gone_is_looked_up_in_the_store() -> None:
    deadline = a_failed_job("Job was active longer than specified deadline", reason="DeadlineExceeded")
    gone = observed(an_ifcjob(status=running()), job=deadline, pods=())
    assert plan(gone, POLICY, NOW).wanted_facts == {Fact.PUBLISHED}
    assert plan(replace(gone, published=True), POLICY, NOW) == Plan(commit=1)
    assert status_of(plan(replace(gone, published=True, commit=COMMITTED), POLICY, NOW)).phase == "Succeeded"
    failed = status_of(plan(replace(gone, published=False), POLICY, NOW))
    assert (failed.phase, failed.attempts[-1].reason) == ("Failed", "DeadlineExceeded")


def status_of(decision: Plan) -> IfcJobStatus:
    assert decision.status is not None
    return decision.status


def reason_of(status: IfcJobStatus, kind: Any) -> str | None:
    condition = status.condition(kind)
    return condition.reason if condition else None


# It succeeded.


def test_a_success_is_committed_before_the_status_says_so() -> None:
    observation = observed(an_ifcjob(status=running(number=2)), job=a_job(2, complete=True))
    assert plan(observation, POLICY, NOW) == Plan(wanted_facts=frozenset({Fact.PODS}))
    assert plan(replace(observation, pods=()), POLICY, NOW) == Plan(commit=2)


def test_a_committed_success_is_complete() -> None:
    report = a_report(peak_memory_bytes=5_000, cpu_seconds=7.5)
    decision = plan(succeeded(COMMITTED, report), POLICY, NOW)
    status = status_of(decision)
    assert (status.phase, status.result, status.finished_at, status.failure) == ("Succeeded", RESULT, NOW, None)
    assert (reason_of(status, "Complete"), reason_of(status, "Admitted")) == ("Succeeded", "Finished")
    assert status.condition("Degraded") is None
    assert status.input is not None
    assert (status.input.sha256, status.content_key) == (SHA256, COMMITTED.content_key)
    attempt = status.attempts[-1]
    assert (attempt.reason, attempt.exit_code, attempt.started_at, attempt.finished_at) == (
        "Succeeded",
        0,
        ago(20),
        ago(2),
    )
    assert (attempt.peak_memory_bytes, attempt.cpu_seconds) == (5_000, 7.5)
    assert decision.events == (), "an Event would be one more write for every job"
    assert plan(observed(an_ifcjob(status=status), job=a_job(complete=True)), POLICY, NOW).is_empty


def test_a_run_that_was_never_observed_running_has_its_times() -> None:
    status = status_of(plan(succeeded(COMMITTED, ifcjob=an_ifcjob(status=starting())), POLICY, NOW))
    assert status.attempts[-1].started_at == ago(20)


def test_a_result_has_no_content_key_with_cache_off() -> None:
    ifcjob = an_ifcjob(status=running(), cache="Off")
    assert status_of(plan(succeeded(COMMITTED, ifcjob=ifcjob), POLICY, NOW)).content_key is None


@pytest.mark.parametrize(
    ("report", "emitted", "degraded"),
    [
        pytest.param(a_report(degraded=True), 90, True, id="the run says so"),
        pytest.param(a_report(degraded=False), 100, False, id="all is there"),
        pytest.param(None, 90, True, id="the manifest says so, the pod is gone"),
        pytest.param(None, 100, False, id="the manifest says that all is there"),
    ],
)
def test_missing_elements_degrade_a_success(report: object, emitted: int, *, degraded: bool) -> None:
    result = a_result(expected=100, emitted=emitted)
    commit = Committed(result=result, input_sha256=SHA256, content_key=None)
    status = status_of(plan(succeeded(commit, report), POLICY, NOW))
    assert status.phase == "Succeeded"
    condition = status.condition("Degraded")
    assert (condition is not None) == degraded
    assert condition is None or "10 of 100" in condition.message


def test_the_commit_waits_for_an_unavailable_store() -> None:
    down = failure_of(FailureReason.STORAGE_UNAVAILABLE, "s3.example.org does not answer")
    waits = plan(succeeded(down), POLICY, NOW)
    status = status_of(waits)
    assert (status.phase, status.finished_at, waits.recheck_at) == ("Running", None, later(5))
    condition = status.condition("Complete")
    assert condition is not None
    assert (condition.status, condition.reason) == ("Unknown", "StorageUnavailable")
    again = plan(succeeded(down, ifcjob=an_ifcjob(status=status)), POLICY, later(40))
    assert again.is_empty
    assert again.recheck_at == later(60)
    assert status_of(plan(succeeded(COMMITTED, ifcjob=an_ifcjob(status=status)), POLICY, NOW)).phase == "Succeeded"


def test_cancel_does_not_wait_for_an_unavailable_store() -> None:
    down = failure_of(FailureReason.STORAGE_UNAVAILABLE, "s3.example.org does not answer")
    status = status_of(plan(succeeded(down, ifcjob=an_ifcjob(status=running(), cancel=True)), POLICY, NOW))
    assert (status.phase, status.attempts[-1].reason) == ("Cancelled", "Cancelled")


def test_a_missing_manifest_fails_the_attempt() -> None:
    gone = failure_of(FailureReason.OUTPUT_REJECTED, "no manifest.json below s3://artifacts/house/0d9f5a3e-1/")
    status = status_of(plan(succeeded(gone), POLICY, NOW))
    assert (status.phase, status.attempts[-1].reason) == ("Failed", "OutputRejected")
    assert status.failure == gone


# It failed.


def test_pods_are_looked_up_before_a_failure_is_explained() -> None:
    assert plan(observed(an_ifcjob(status=running()), job=a_failed_job()), POLICY, NOW).wanted_facts == {Fact.PODS}


RUN_REASONS = sorted(reason for reason, row in FAILURES.items() if row.exit_code is not None)


@pytest.mark.parametrize("reason", [r for r in RUN_REASONS if not FAILURES[r].retryable])
def test_permanent_failures_fail_the_job(reason: FailureReason) -> None:
    decision = plan(ended(a_pod(exit_code=FAILURES[reason].exit_code, report=a_report(reason))), POLICY, NOW)
    status = status_of(decision)
    assert (status.phase, status.retries, status.finished_at) == ("Failed", 0, NOW)
    assert (reason_of(status, "Failed"), status.attempts[-1].reason) == (reason, reason)
    assert status.failure is not None
    assert status.failure.message == f"the run says {reason}"
    assert [(event.reason, event.type) for event in decision.events] == [(reason, "Warning")]


STORAGE = a_pod(exit_code=69, report=a_report(FailureReason.STORAGE_UNAVAILABLE))


@pytest.mark.parametrize(
    ("retries", "backoff_seconds", "wait"),
    [
        pytest.param(0, 10, 10, id="first"),
        pytest.param(1, 10, 20, id="second"),
        pytest.param(2, 10, 40, id="third"),
        pytest.param(7, 60, 3600, id="an hour at most"),
        pytest.param(3, 0, 0, id="no backoff"),
    ],
)
def test_retryable_failures_are_retried_with_a_growing_backoff(retries: int, backoff_seconds: int, wait: int) -> None:
    observation = ended(STORAGE, running(retries=retries), retry={"limit": 8, "backoff_seconds": backoff_seconds})
    decision = plan(observation, POLICY, NOW)
    status = status_of(decision)
    assert (status.phase, status.retries, status.infra_restarts) == ("Queued", retries + 1, 0)
    assert status.next_attempt_at == decision.recheck_at == later(wait)
    assert reason_of(status, "Admitted") == "BackingOff"
    assert status.failure is not None
    assert status.failure.reason is FailureReason.STORAGE_UNAVAILABLE


@pytest.mark.parametrize("limit", [0, 3])
def test_retries_end_at_the_limit(limit: int) -> None:
    status = status_of(plan(ended(STORAGE, running(retries=limit), retry={"limit": limit}), POLICY, NOW))
    assert (status.phase, status.retries, status.next_attempt_at) == ("Failed", limit, None)
    assert status.failure is not None
    assert ("after 3 retries" in status.failure.message) == (limit == 3)


@pytest.mark.parametrize(
    "pod",
    [
        pytest.param(OOM, id="killed by the kernel"),
        pytest.param(a_pod(exit_code=72, report=a_report(FailureReason.OUT_OF_MEMORY)), id="reported"),
        pytest.param(a_pod(exit_code=72), id="exit code only"),
    ],
)
def test_an_out_of_memory_attempt_is_retried_with_more_memory_at_once(pod: ObservedPod) -> None:
    status = status_of(plan(ended(pod), POLICY, NOW))
    assert (status.phase, status.retries, status.next_memory, status.next_attempt_at) == ("Queued", 1, "2Gi", None)
    assert reason_of(status, "Admitted") == "Restarting"
    starts = plan(observed(an_ifcjob(status=status), admitted=True), POLICY, NOW)
    assert starts.create_attempt is not None
    assert (starts.create_attempt.memory_limit, starts.create_attempt.number) == ("2Gi", 2)


@pytest.mark.parametrize(
    ("limit", "factor", "highest", "expected"),
    [
        pytest.param("1Gi", 1.5, None, "1536Mi", id="by the factor"),
        pytest.param("3Gi", 2, None, "4Gi", id="up to the operator's maximum"),
        pytest.param("3Gi", 2, "8Gi", "6Gi", id="up to the job's own maximum"),
        pytest.param("3Gi", 2, "3500M", "3500M", id="the maximum in its own unit"),
        pytest.param("4Gi", 2, None, None, id="at the maximum"),
        pytest.param("5Gi", 2, None, None, id="asked for more than the maximum"),
    ],
)
def test_memory_is_raised_up_to_a_maximum(limit: str, factor: float, highest: str | None, expected: str | None) -> None:
    status = running()
    status.attempts[-1].memory_limit = limit
    observation = ended(OOM, status, retry={"memory_factor": factor}, resources={"max_memory": highest})
    decision = status_of(plan(observation, POLICY, NOW))
    assert decision.next_memory == expected
    assert (decision.phase == "Failed") == (expected is None)


def test_out_of_memory_at_the_maximum_names_the_peak_and_the_limit_to_raise() -> None:
    status = running()
    status.attempts[-1].memory_limit = "4Gi"
    report = a_report(FailureReason.OUT_OF_MEMORY, peak_memory_bytes=3_900 * 2**20)
    status_after = status_of(plan(ended(a_pod(exit_code=72, report=report), status), POLICY, NOW))
    assert status_after.failure is not None
    assert status_after.failure.reason is FailureReason.OUT_OF_MEMORY
    assert "4Gi" in status_after.failure.message
    assert "3,900 MiB" in status_after.failure.message
    assert "maxMemory" in status_after.failure.hint
    assert status_after.attempts[-1].peak_memory_bytes == 3_900 * 2**20


def test_out_of_memory_counts_as_a_retry() -> None:
    status = status_of(plan(ended(OOM, running(retries=3)), POLICY, NOW))
    assert (status.phase, status.next_memory) == ("Failed", None)
    assert status.failure is not None
    assert "2Gi" in status.failure.hint


# The cluster ended it.


@pytest.mark.parametrize(
    ("pod", "reason"),
    [
        pytest.param(DRAINED, "Disrupted", id="drained"),
        pytest.param(a_pod(exit_code=137, deletion_at=ago(1)), "Interrupted", id="deleted by hand"),
        pytest.param(a_pod(), "RunLost", id="vanished"),
    ],
)
def test_restarts_after_disruptions_cost_no_retry(pod: ObservedPod, reason: str) -> None:
    decision = plan(ended(pod, running(retries=2)), POLICY, NOW)
    status = status_of(decision)
    assert (status.retries, status.infra_restarts, status.attempts[-1].reason) == (2, 1, reason)
    assert (status.phase, status.next_attempt_at, reason_of(status, "Admitted")) == ("Queued", None, "Restarting")
    assert len(decision.events) == 1


@pytest.mark.parametrize(("restarts", "wait"), [(1, 10), (2, 20)])
def test_restarts_have_a_growing_backoff(restarts: int, wait: int) -> None:
    status = status_of(plan(ended(DRAINED, running(infra_restarts=restarts)), POLICY, NOW))
    assert (status.infra_restarts, status.next_attempt_at) == (restarts + 1, later(wait))


def test_restarts_are_bounded() -> None:
    status = status_of(plan(ended(DRAINED, running(infra_restarts=3)), POLICY, NOW))
    assert (status.phase, status.infra_restarts, status.attempts[-1].reason) == ("Failed", 3, "Disrupted")
    assert status.failure is not None
    assert status.failure.reason is FailureReason.RUN_LOST
    assert "4 times" in status.failure.message
    assert "n1" in status.failure.message


def test_progress_of_an_ended_attempt_is_not_shown() -> None:
    from ifcjob.status import JobProgress

    progress = JobProgress(percent=50, stage="geometry", updated_at=ago(1))
    assert status_of(plan(ended(DRAINED, running(progress=progress)), POLICY, NOW)).progress is None
