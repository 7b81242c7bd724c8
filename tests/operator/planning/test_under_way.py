"""An attempt is under way: its Job missing, its pod waiting, running, or going away."""

from dataclasses import replace
from typing import Any

import pytest

from ifcjob.failures import FailureReason
from ifcjob.status import JobProgress
from ifcjob_operator.plan import plan
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.observation import Fact, Observed, ObservedPod
from ifcjob_operator.planning.outcome import failure_of
from ifcjob_operator.planning.policy import Policy
from tests.support.builders import (
    COMMITTED,
    NOW,
    a_job,
    a_pod,
    ago,
    an_ifcjob,
    later,
    observed,
    running,
    starting,
)

POLICY = Policy()


def progress(percent: float, seconds_ago: float) -> JobProgress:
    return JobProgress(percent=percent, stage="geometry", updated_at=ago(seconds_ago))


def waiting(reason: str | None = None, message: str | None = None, **fields: Any) -> ObservedPod:
    return a_pod("Pending", waiting_reason=reason, waiting_message=message, **fields)


def pods_of(seconds: float, *pods: ObservedPod, **fields: Any) -> Observed:
    spec = fields.pop("spec", {})
    return observed(an_ifcjob(status=starting(seconds=seconds), **spec), job=a_job(), pods=pods, **fields)


# The Job is missing.


def test_a_missing_job_is_looked_up_past_the_cache_first() -> None:
    observation = observed(an_ifcjob(status=starting()), secret_ensured=False)
    assert plan(observation, POLICY, NOW).wanted_facts == {Fact.JOB, Fact.PODS}
    assert plan(replace(observation, job_checked=True), POLICY, NOW).wanted_facts == {Fact.JOB, Fact.PODS}


def test_a_job_missing_after_a_crash_is_created_after_a_guarded_write() -> None:
    observation = observed(an_ifcjob(status=starting(seconds=59)), secret_ensured=False, job_checked=True, pods=())
    creates = plan(observation, POLICY, NOW)
    assert creates.status is not None
    assert creates.create_attempt == creates.status.attempts[-1] == observation.ifcjob.status.attempts[-1]
    assert creates.status != observation.ifcjob.status
    assert plan(observation, POLICY, later(0.5)).status != creates.status, "two leaders must not write the same"


LOST = [
    pytest.param(starting(seconds=60), {}, id="recorded a minute ago"),
    pytest.param(starting(seconds=5), {"secret_ensured": True}, id="this process has created it"),
    pytest.param(running(seconds=5), {}, id="its container has run"),
    pytest.param(starting(seconds=5), {"pods": (a_pod("Failed", exit_code=137),)}, id="its pod is still there, ended"),
]


@pytest.mark.parametrize(("status", "fields"), LOST)
def test_a_deleted_job_is_lost_and_costs_no_retry(status: Any, fields: dict[str, Any]) -> None:
    values = {"secret_ensured": False, "job_checked": True, "pods": (), "published": False} | fields
    lost = plan(observed(an_ifcjob(status=status), **values), POLICY, NOW)
    assert lost.create_attempt is None
    assert lost.status is not None
    assert lost.status.attempts[-1].reason == "RunLost"
    assert (lost.status.retries, lost.status.infra_restarts, lost.status.phase) == (0, 1, "Queued")


def test_the_pod_of_a_job_deleted_in_the_background_may_end_first() -> None:
    ifcjob = an_ifcjob(status=running())
    for pod in (a_pod("Running", started_at=ago(9)), a_pod("Running", deletion_at=later(5))):
        waits = plan(observed(ifcjob, job_checked=True, pods=(pod,)), POLICY, NOW)
        assert waits.is_empty
        assert waits.recheck_at == later(5)
    pods = (a_pod("Running", deletion_at=ago(60)),)
    gone = plan(observed(ifcjob, job_checked=True, pods=pods, published=False), POLICY, NOW)
    assert gone.status is not None


def test_a_job_the_api_server_rejects_is_retried_until_the_start_deadline() -> None:
    ifcjob = an_ifcjob(status=starting(seconds=20), start_deadline_seconds=90)
    error = "exceeded quota: jobs, limited: count/jobs.batch=10"
    explained = "ResourceQuota jobs: limited: count/jobs.batch=10"
    observation = observed(ifcjob, secret_ensured=False, job_checked=True, pods=(), create_error=error)
    tries = plan(observation, POLICY, NOW)
    assert tries.create_attempt is not None
    assert tries.status is not None
    condition = tries.status.conditions[-1]
    assert (condition.reason, condition.message.startswith(f"{explained}. It is")) == ("QuotaExceeded", True)
    assert tries.recheck_at == later(10)
    fails = plan(observation, POLICY, later(70))
    assert fails.status is not None
    assert fails.status.failure is not None
    assert fails.status.failure.message.endswith(explained)


def test_a_missing_job_that_has_published_its_artifacts_is_committed() -> None:
    gone = observed(an_ifcjob(status=running()), job_checked=True, pods=())
    assert plan(gone, POLICY, NOW).wanted_facts == {Fact.PUBLISHED}
    assert plan(replace(gone, published=True), POLICY, NOW) == Plan(commit=1)
    succeeds = plan(replace(gone, published=True, commit=COMMITTED), POLICY, NOW).status
    assert succeeds is not None
    attempt = succeeds.attempts[-1]
    assert (succeeds.phase, attempt.reason, attempt.exit_code, attempt.finished_at) == (
        "Succeeded",
        "Succeeded",
        None,
        NOW,
    )


def test_a_missing_job_is_not_run_again_while_the_store_does_not_answer() -> None:
    down = failure_of(FailureReason.STORAGE_UNAVAILABLE, "the store does not answer")
    gone = observed(an_ifcjob(status=running()), job_checked=True, pods=(), published=down)
    waits = plan(gone, POLICY, NOW)
    assert waits.status is not None
    condition = waits.status.condition("Running")
    assert condition is not None
    assert (condition.status, condition.reason) == ("Unknown", "StorageUnavailable")
    assert waits.status.attempts[-1].finished_at is None
    assert waits.recheck_at == later(5)
    again = replace(gone, ifcjob=an_ifcjob(status=waits.status))
    assert plan(again, POLICY, NOW).is_empty, "the same condition is not written again"
    lost = plan(replace(again, published=False), POLICY, NOW).status
    assert lost is not None
    assert (lost.phase, lost.attempts[-1].reason) == ("Queued", "RunLost")


def test_a_stopped_job_that_is_missing_is_not_looked_up_in_the_store() -> None:
    gone = observed(an_ifcjob(status=running(), cancel=True), job_checked=True, pods=())
    cancelled = plan(gone, POLICY, NOW).status
    assert cancelled is not None
    assert cancelled.phase == "Cancelled"


# A sidecar.

OUTLIVED = a_pod("Running", started_at=ago(30), finished_at=ago(2), exit_code=0, sidecars_run=True)
UNREADY = a_job(active=1, ready=0)


def test_a_running_pod_that_is_not_ready_is_looked_at_for_an_ended_runner() -> None:
    unready = observed(an_ifcjob(status=running()), job=UNREADY)
    assert plan(unready, POLICY, NOW).wanted_facts == {Fact.PODS}
    assert plan(replace(unready, job=a_job(ready=1)), POLICY, NOW).is_empty
    runs = a_pod("Running", started_at=ago(30), sidecars_run=True)
    waits = plan(replace(unready, pods=(runs,)), POLICY, NOW)
    assert waits.is_empty
    assert waits.recheck_at == later(30), "its end may be an event of no Job"
    native = a_pod("Running", started_at=ago(30), exit_code=0)
    assert plan(replace(unready, pods=(native,)), POLICY, NOW).is_empty, "it ends by itself"


@pytest.mark.parametrize("status", [running(), starting(seconds=5)], ids=["running", "not seen running"])
def test_a_run_that_ended_beside_a_sidecar_is_committed_before_its_job_ends(status: Any) -> None:
    ended = observed(an_ifcjob(status=status), job=UNREADY, pods=(OUTLIVED,))
    assert plan(ended, POLICY, NOW) == Plan(commit=1)
    succeeds = plan(replace(ended, commit=COMMITTED), POLICY, NOW)
    assert succeeds.status is not None
    assert (succeeds.status.phase, succeeds.status.attempts[-1].finished_at) == ("Succeeded", ago(2))
    assert succeeds.delete_jobs == ()
    after = observed(an_ifcjob(status=succeeds.status), job=UNREADY)
    assert plan(after, POLICY, NOW).delete_jobs == (UNREADY.name,)


@pytest.mark.parametrize("spec", [{"cancel": True}, {"suspend": True}], ids=["cancel", "suspend"])
def test_a_run_that_succeeded_beside_a_sidecar_before_a_stop_has_succeeded(spec: dict[str, Any]) -> None:
    ended = observed(an_ifcjob(status=running(), **spec), job=UNREADY)
    assert plan(ended, POLICY, NOW).wanted_facts == {Fact.PODS}
    assert plan(replace(ended, pods=(OUTLIVED,)), POLICY, NOW).commit == 1


# It starts.


def test_a_restarted_operator_ensures_the_secret_of_a_starting_pod() -> None:
    observation = observed(an_ifcjob(status=starting(seconds=1)), job=a_job(), secret_ensured=False)
    assert plan(observation, POLICY, NOW).ensure_secret
    assert plan(replace(observation, secret_ensured=True), POLICY, NOW).is_empty
    late = observed(an_ifcjob(status=starting(seconds=9)), job=a_job(), secret_ensured=False, pods=())
    assert plan(late, POLICY, NOW).ensure_secret


def test_the_first_seconds_of_a_start_need_no_request() -> None:
    calm = plan(observed(an_ifcjob(status=starting(seconds=1)), job=a_job()), POLICY, NOW)
    assert calm.is_empty
    assert calm.recheck_at == later(2)
    assert plan(observed(an_ifcjob(status=starting(seconds=3)), job=a_job()), POLICY, NOW).wanted_facts == {Fact.PODS}


REASONS = [
    pytest.param(
        pods_of(9, create_error='pods "x" is forbidden: exceeded quota: bim, limited: pods=1'),
        "QuotaExceeded",
        id="quota",
    ),
    pytest.param(pods_of(9, create_error="denied the request: no"), "PodNotCreated", id="admission"),
    pytest.param(pods_of(9, waiting(unschedulable="0/3 nodes: 3 Insufficient memory")), "Unschedulable", id="no node"),
    pytest.param(pods_of(9, waiting("ErrImagePull", "not found")), "ImagePullFailed", id="image pull"),
    pytest.param(pods_of(9, waiting("ImagePullBackOff", "Back-off")), "ImagePullFailed", id="image pull backs off"),
    pytest.param(
        pods_of(9, waiting("CreateContainerConfigError", "no such ConfigMap")), "ContainerNotCreated", id="kubelet"
    ),
]


@pytest.mark.parametrize(("observation", "reason"), REASONS)
def test_the_reason_a_pod_waits_is_written_once(observation: Observed, reason: str) -> None:
    explained = plan(observation, POLICY, NOW)
    assert explained.status is not None
    condition = explained.status.condition("Running")
    assert condition is not None
    assert (condition.status, condition.reason, explained.status.phase) == ("False", reason, "Starting")
    assert condition.message
    again = plan(
        replace(observation, ifcjob=observation.ifcjob.model_copy(update={"status": explained.status})), POLICY, NOW
    )
    assert again.is_empty
    assert again.recheck_at == later(5)


def test_alternating_image_pull_messages_are_written_once() -> None:
    explained = plan(pods_of(9, waiting("ErrImagePull", "not found")), POLICY, NOW).status
    observation = observed(
        an_ifcjob(status=explained), job=a_job(), pods=(waiting("ImagePullBackOff", "Back-off 20s"),)
    )
    assert plan(observation, POLICY, NOW).is_empty


def test_a_reason_that_no_longer_holds_is_replaced() -> None:
    explained = plan(pods_of(9, waiting(unschedulable="0/3 nodes")), POLICY, NOW).status
    observation = observed(an_ifcjob(status=explained), job=a_job(), pods=(waiting("ContainerCreating"),))
    status = plan(observation, POLICY, NOW).status
    assert status is not None
    assert status.conditions[-1].reason == "Starting"


@pytest.mark.parametrize(
    ("observation", "fails"),
    [
        pytest.param(pods_of(9, waiting("InvalidImageName", "bad")), True, id="invalid name, at once"),
        pytest.param(pods_of(400, waiting("ErrImagePull", "x", scheduled_at=ago(300))), True, id="five minutes"),
        pytest.param(
            pods_of(400, waiting("ErrImagePull", "x", scheduled_at=ago(299))), False, id="had to wait for a node"
        ),
        pytest.param(pods_of(400, waiting("ContainerCreating", scheduled_at=ago(300))), False, id="a slow pull"),
    ],
)
def test_an_image_that_cannot_be_pulled_fails_the_job(observation: Observed, *, fails: bool) -> None:
    status = plan(observation, POLICY, NOW).status
    is_failed = status is not None and status.phase == "Failed"
    assert is_failed == fails
    if is_failed:
        assert status is not None
        assert status.failure is not None
        assert status.failure.reason is FailureReason.IMAGE_UNAVAILABLE
        assert status.attempts[-1].reason == "ImageUnavailable"


def test_the_job_of_a_failed_start_is_deleted_after_the_status_says_so() -> None:
    observation = pods_of(9, waiting("InvalidImageName", "bad"))
    fails = plan(observation, POLICY, NOW)
    assert fails.delete_jobs == ()
    after = replace(observation, ifcjob=observation.ifcjob.model_copy(update={"status": fails.status}), pods=None)
    assert plan(after, POLICY, NOW).delete_jobs == ("house-0d9f5a3e-1",)


def test_the_failure_at_the_start_deadline_names_the_cause() -> None:
    node = waiting(unschedulable="0/3 nodes are available: 3 Insufficient memory")
    observation = pods_of(60, node, spec={"start_deadline_seconds": 60})
    status = plan(observation, POLICY, NOW).status
    assert status is not None
    assert status.failure is not None
    assert status.failure.reason is FailureReason.DEADLINE_EXCEEDED
    assert "60 s" in status.failure.message
    assert "3 Insufficient memory" in status.failure.message
    assert "startDeadlineSeconds" in status.failure.hint
    early = plan(pods_of(57, node, spec={"start_deadline_seconds": 60}), POLICY, NOW)
    assert early.recheck_at == later(3)


def test_a_container_that_runs_at_the_deadline_does_not_fail() -> None:
    observation = pods_of(60, a_pod("Running", started_at=ago(1)), spec={"start_deadline_seconds": 60})
    status = plan(observation, POLICY, NOW).status
    assert status is not None
    assert (status.phase, status.started_at) == ("Running", ago(1))


def test_a_container_that_runs_in_a_pod_that_is_not_ready_is_looked_at_again() -> None:
    waits = plan(pods_of(20, a_pod("Running", started_at=ago(1), sidecars_run=True)), POLICY, NOW)
    assert waits.status is not None
    assert waits.status.phase == "Running"
    assert waits.recheck_at == later(30), "if the sidecar is never ready, its runner's end is an event of no Job"


# It runs.


def test_an_attempt_with_a_ready_pod_is_running() -> None:
    runs = plan(observed(an_ifcjob(status=starting()), job=a_job(ready=1)), POLICY, NOW)
    assert runs.status is not None
    assert (runs.status.phase, runs.status.started_at, runs.status.attempts[-1].started_at) == ("Running", NOW, NOW)
    later_plan = observed(an_ifcjob(status=runs.status), job=a_job(ready=1))
    assert plan(later_plan, POLICY, NOW).is_empty


@pytest.mark.parametrize(
    ("written", "reported", "expected"),
    [
        pytest.param(None, progress(5, 0), 5, id="first"),
        pytest.param(progress(5, 10), progress(9, 0), 9, id="after ten seconds"),
        pytest.param(progress(5, 9), progress(9, 0), None, id="not within ten seconds"),
        pytest.param(progress(9, 20), progress(5, 0), None, id="never backwards"),
        pytest.param(progress(5, 20), progress(9, 25), None, id="not older than the written progress"),
        pytest.param(None, progress(50, 40), None, id="not that of an earlier attempt"),
        pytest.param(progress(5, 20), None, None, id="nothing new"),
    ],
)
def test_progress_is_written_at_intervals_and_never_decreases(
    written: JobProgress | None, reported: JobProgress | None, expected: float | None
) -> None:
    ifcjob = an_ifcjob(status=running(progress=written, seconds=30))
    status = plan(observed(ifcjob, job=a_job(ready=1), progress=reported), POLICY, NOW).status
    assert (status.progress.percent if status and status.progress else None) == expected


def test_short_runs_write_no_progress() -> None:
    observation = observed(an_ifcjob(status=running(seconds=4)), job=a_job(ready=1), progress=progress(50, 0))
    decision = plan(observation, POLICY, NOW)
    assert decision.is_empty
    assert decision.recheck_at == later(6)


# It goes away.


def test_the_pod_of_a_lost_node_is_lost_after_the_grace_period() -> None:
    pod = a_pod("Running", started_at=ago(90), deletion_at=ago(1), disrupted=True)
    ifcjob = an_ifcjob(status=running(seconds=90))
    observation = observed(ifcjob, job=a_job(terminating=1, active=0))
    assert plan(observation, POLICY, NOW).wanted_facts == {Fact.PODS}
    waits = plan(replace(observation, pods=(pod,)), POLICY, NOW)
    assert waits.status is not None
    assert (waits.status.conditions[-1].reason, waits.status.phase) == ("NodeLost", "Running")
    assert "n1" in waits.status.conditions[-1].message
    written = replace(observation, ifcjob=ifcjob.model_copy(update={"status": waits.status}), pods=(pod,))
    assert plan(written, POLICY, later(58)).is_empty
    lost = plan(written, POLICY, later(59))
    assert lost.status is not None
    assert (lost.status.attempts[-1].reason, lost.status.infra_restarts) == ("RunLost", 1)
    queued = replace(observation, ifcjob=ifcjob.model_copy(update={"status": lost.status}), admitted=True)
    starts = plan(queued, POLICY, later(60))
    assert starts.create_attempt is not None
    assert starts.create_attempt.number == 2
    assert starts.delete_jobs == ("house-0d9f5a3e-1",)


def test_a_terminating_pod_in_its_grace_period_changes_no_status() -> None:
    pod = a_pod("Running", started_at=ago(90), deletion_at=later(4))
    observation = observed(an_ifcjob(status=running()), job=a_job(terminating=1, active=0), pods=(pod,))
    assert plan(observation, POLICY, NOW).is_empty


def test_a_job_deleted_in_the_foreground_by_a_user_may_end_first() -> None:
    observation = observed(an_ifcjob(status=running()), job=a_job(deleting=True), pods=())
    assert plan(observation, POLICY, NOW).is_empty
