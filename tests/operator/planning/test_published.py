"""A run has reported that it has published: it is committed at once, and its pod ends by itself."""

from dataclasses import replace
from typing import Any

import pytest

from ifcjob.failures import FailureReason
from ifcjob_operator.plan import plan
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.outcome import failure_of
from ifcjob_operator.planning.policy import Policy
from tests.support.builders import (
    COMMITTED,
    NOW,
    a_job,
    a_report,
    ago,
    an_ifcjob,
    finished,
    later,
    observed,
    running,
    starting,
)

POLICY = Policy()
REPORTED = a_report(seconds=4.0, cpu_seconds=3.5, peak_memory_bytes=5_000)
UNAVAILABLE = failure_of(FailureReason.STORAGE_UNAVAILABLE, "no answer")


@pytest.mark.parametrize(
    ("status", "started_at"), [(running(), ago(30)), (starting(seconds=5), ago(4))], ids=["running", "not seen running"]
)
def test_a_run_that_reports_its_success_is_committed_before_its_pod_has_ended(status: Any, started_at: Any) -> None:
    published = observed(an_ifcjob(status=status, cancel=True), job=a_job(ready=1), posted_report=REPORTED)
    assert plan(published, POLICY, NOW) == Plan(commit=1)
    succeeds = plan(replace(published, commit=COMMITTED), POLICY, NOW)
    assert succeeds.status is not None
    assert (succeeds.status.phase, succeeds.delete_jobs) == ("Succeeded", ())
    attempt = succeeds.status.attempts[-1]
    assert (attempt.reason, attempt.exit_code) == ("Succeeded", 0)
    assert (attempt.started_at, attempt.finished_at) == (started_at, NOW)
    assert succeeds.status.started_at == started_at
    assert (attempt.cpu_seconds, attempt.peak_memory_bytes) == (3.5, 5_000)


def test_a_job_whose_run_has_published_is_deleted_only_if_it_does_not_end() -> None:
    after = observed(an_ifcjob(status=finished(seconds=0)), job=a_job(ready=1), job_ends_by=later(10))
    waits = plan(after, POLICY, NOW)
    assert (waits.delete_jobs, waits.recheck_at) == ((), later(10))
    assert plan(after, POLICY, later(10)).delete_jobs == (a_job().name,)


@pytest.mark.parametrize(
    ("seconds", "started_at"),
    [(1e9, ago(5)), (0.0, NOW), (6.0, ago(5)), (2.0, ago(2))],
)
def test_a_reported_start_is_between_the_admission_and_now(seconds: float, started_at: Any) -> None:
    report = a_report(seconds=seconds)
    ifcjob = an_ifcjob(status=starting(seconds=5))
    succeeds = plan(observed(ifcjob, job=a_job(ready=1), posted_report=report, commit=COMMITTED), POLICY, NOW)
    assert succeeds.status is not None
    assert succeeds.status.attempts[-1].started_at == succeeds.status.started_at == started_at


def test_a_commit_that_fails_waits_for_the_end_of_the_pod() -> None:
    published = observed(an_ifcjob(status=running()), job=a_job(ready=1), posted_report=REPORTED, commit=UNAVAILABLE)
    assert plan(published, POLICY, NOW).is_empty
