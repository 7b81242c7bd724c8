"""Cancel, suspend, drain, delete; and the end of a finished job."""

from dataclasses import replace
from typing import Any

import pytest

from ifcjob.failures import FailureReason
from ifcjob.resource import IfcJob
from ifcjob.status import IfcJobStatus
from ifcjob_operator.plan import plan
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.observation import Observed
from ifcjob_operator.planning.policy import Policy
from tests.support.builders import (
    COMMITTED,
    NOW,
    a_failed_job,
    a_job,
    a_pod,
    a_report,
    ago,
    an_ifcjob,
    between,
    finished,
    later,
    observed,
    running,
    starting,
)

POLICY = Policy()
STOPS = [
    pytest.param({"cancel": True}, {}, "Cancelled", "Cancelled", "Cancelled", id="cancelled"),
    pytest.param({"suspend": True}, {}, "Suspended", "Suspended", "Suspended", id="suspended"),
    pytest.param({}, {"queue_draining": True}, "QueueDraining", "Queued", "Disrupted", id="drained"),
    pytest.param({"cancel": True, "suspend": True}, {}, "Cancelled", "Cancelled", "Cancelled", id="cancel wins"),
]


def with_status(observation: Observed, decision: Plan, **fields: Any) -> Observed:
    assert decision.status is not None
    return replace(observation, ifcjob=observation.ifcjob.model_copy(update={"status": decision.status}), **fields)


@pytest.mark.parametrize("status", [pytest.param(starting(), id="starting"), pytest.param(running(), id="running")])
@pytest.mark.parametrize(("spec", "fields", "reason", "phase", "attempt"), STOPS)
def test_an_attempt_is_stopped_step_by_step(
    status: IfcJobStatus, spec: dict[str, Any], fields: dict[str, Any], reason: str, phase: str, attempt: str
) -> None:
    observation = observed(an_ifcjob(status=status, **spec), job=a_job(ready=1), **fields)
    announcement = plan(observation, POLICY, NOW)
    assert announcement.delete_jobs == (), "an operator that starts now would create the Job again"
    assert announcement.status is not None
    assert announcement.status.conditions[-1].reason == reason
    observation = with_status(observation, announcement)
    deletes = plan(observation, POLICY, NOW)
    assert (deletes.delete_jobs, deletes.status) == (("house-0d9f5a3e-1",), None)
    pod = a_pod("Running", started_at=ago(30), deletion_at=later(5))
    assert plan(replace(observation, job=a_job(deleting=True), pods=(pod,)), POLICY, NOW).is_empty
    gone = plan(replace(observation, job=None, job_checked=True, pods=()), POLICY, NOW)
    assert gone.status is not None
    assert (gone.status.phase, gone.status.attempts[-1].reason) == (phase, attempt)
    assert (gone.status.retries, gone.status.infra_restarts, gone.status.failure) == (0, 0, None)
    assert gone.create_attempt is None


def test_a_job_on_a_lost_node_is_cancelled_after_the_grace_period() -> None:
    observation = observed(an_ifcjob(status=running(), cancel=True), job=a_job(ready=1))
    pod = a_pod("Running", started_at=ago(30), deletion_at=ago(60))
    observation = with_status(observation, plan(observation, POLICY, NOW), job=a_job(deleting=True), pods=(pod,))
    gone = plan(observation, POLICY, NOW)
    assert gone.status is not None
    assert gone.status.phase == "Cancelled"


@pytest.mark.parametrize(
    ("ifcjob", "phase"),
    [
        pytest.param(an_ifcjob(cancel=True), "Cancelled", id="cancelled while queued"),
        pytest.param(an_ifcjob(suspend=True), "Suspended", id="suspended while queued"),
        pytest.param(an_ifcjob(cancel=True, suspend=True), "Cancelled", id="cancelled while suspended"),
        pytest.param(
            an_ifcjob(status=between(next_attempt_at=later(60)), cancel=True), "Cancelled", id="cancelled backing off"
        ),
        pytest.param(
            an_ifcjob(status=between(next_attempt_at=later(60)), suspend=True), "Suspended", id="suspended backing off"
        ),
        pytest.param(
            an_ifcjob(status=between("Suspended", admitted_reason="Suspended"), cancel=True),
            "Cancelled",
            id="cancelled after being suspended while running",
        ),
    ],
)
def test_a_stop_takes_effect_at_once_without_an_attempt_under_way(ifcjob: IfcJob, phase: str) -> None:
    observation = observed(ifcjob, input=None, cached_result=None, admitted=True)
    decision = plan(observation, POLICY, NOW)
    assert decision.status is not None
    assert (decision.status.phase, decision.wanted_facts, decision.create_attempt) == (phase, frozenset(), None)
    assert plan(with_status(observation, decision), POLICY, NOW).is_empty
    if phase == "Suspended":
        assert decision.status.next_attempt_at == ifcjob.status.next_attempt_at
    else:
        assert (decision.status.finished_at, decision.status.next_attempt_at) == (NOW, None)


def test_a_resumed_job_starts_again() -> None:
    starts = plan(
        observed(an_ifcjob(status=between("Suspended", admitted_reason="Suspended")), admitted=True), POLICY, NOW
    )
    assert starts.create_attempt is not None
    assert starts.create_attempt.number == 2


def test_a_job_resumed_while_its_pod_ends_restarts_without_a_retry() -> None:
    observation = observed(an_ifcjob(status=running(), suspend=True), job=a_job(ready=1))
    announcement = plan(observation, POLICY, NOW)
    assert announcement.status is not None
    resumed = observed(an_ifcjob(status=announcement.status), job=a_job(ready=1))
    assert plan(resumed, POLICY, NOW).delete_jobs == ("house-0d9f5a3e-1",)
    gone = plan(replace(resumed, job=None, job_checked=True, pods=()), POLICY, NOW)
    assert gone.status is not None
    assert (gone.status.attempts[-1].reason, gone.status.infra_restarts) == ("Suspended", 0)
    starts = plan(with_status(resumed, gone, job=None, admitted=True), POLICY, NOW)
    assert starts.create_attempt is not None


@pytest.mark.parametrize(("spec", "fields", "reason", "phase", "attempt"), STOPS)
def test_a_job_that_was_never_created_is_not_deleted(
    spec: dict[str, Any], fields: dict[str, Any], reason: str, phase: str, attempt: str
) -> None:
    del reason
    observation = observed(
        an_ifcjob(status=starting(), **spec), job_checked=True, pods=(), secret_ensured=False, **fields
    )
    gone = plan(observation, POLICY, NOW)
    assert gone.create_attempt is None
    assert gone.status is not None
    assert (gone.status.phase, gone.status.attempts[-1].reason) == (phase, attempt)


TRUNCATED = a_pod(exit_code=65, report=a_report(FailureReason.TRUNCATED_FILE))
STORAGE = a_pod(exit_code=69, report=a_report(FailureReason.STORAGE_UNAVAILABLE))
TERMINATED = a_pod(exit_code=75, report=a_report(FailureReason.INTERRUPTED))


@pytest.mark.parametrize(
    ("spec", "pod", "phase", "attempt"),
    [
        pytest.param({"cancel": True}, TRUNCATED, "Cancelled", "TruncatedFile", id="failed, then cancelled"),
        pytest.param({"cancel": True}, STORAGE, "Cancelled", "StorageUnavailable", id="no retry once cancelled"),
        pytest.param({"cancel": True}, TERMINATED, "Cancelled", "Cancelled", id="stopped by the cancellation"),
        pytest.param({"suspend": True}, TRUNCATED, "Failed", "TruncatedFile", id="failed, then suspended"),
        pytest.param({"suspend": True}, STORAGE, "Suspended", "StorageUnavailable", id="backs off suspended"),
        pytest.param({"suspend": True}, TERMINATED, "Suspended", "Suspended", id="stopped by the suspension"),
    ],
)
def test_an_attempt_that_ended_before_its_stop(spec: dict[str, Any], pod: Any, phase: str, attempt: str) -> None:
    observation = observed(an_ifcjob(status=running(), **spec), job=a_failed_job(), pods=(pod,))
    status = plan(observation, POLICY, NOW).status
    assert status is not None
    assert (status.phase, status.attempts[-1].reason, status.infra_restarts) == (phase, attempt, 0)
    assert status.retries == (1 if phase == "Suspended" and pod is STORAGE else 0)


@pytest.mark.parametrize("spec", [{"cancel": True}, {"suspend": True}])
def test_a_run_that_succeeded_before_its_stop_has_succeeded(spec: dict[str, Any]) -> None:
    ifcjob = an_ifcjob(status=running(), **spec)
    observation = observed(ifcjob, job=a_job(complete=True), pods=(), commit=COMMITTED)
    status = plan(observation, POLICY, NOW).status
    assert status is not None
    assert status.phase == "Succeeded"


# Deleted, finished.


@pytest.mark.parametrize("status", [IfcJobStatus(), starting(), running(), between(), finished()])
def test_a_deleted_ifcjob_is_left_to_the_garbage_collector(status: IfcJobStatus) -> None:
    ifcjob = an_ifcjob(status=status, deleted=True, ttl_seconds_after_finished=0)
    assert plan(observed(ifcjob, job=a_job(), admitted=True), POLICY, NOW) == Plan()


@pytest.mark.parametrize(
    ("ttl", "default", "recorded", "deletes", "recheck"),
    [
        pytest.param(60, None, True, True, None, id="its time is over"),
        pytest.param(61, None, True, False, 1, id="its time is not over"),
        pytest.param(None, 60, True, True, None, id="the operator's time is over"),
        pytest.param(90, 60, True, False, 30, id="its own time counts"),
        pytest.param(None, None, True, False, None, id="kept without a limit"),
        pytest.param(0, None, False, False, 30, id="kept until its history is written"),
    ],
)
def test_time_to_live(
    ttl: int | None, default: int | None, recheck: int | None, *, recorded: bool, deletes: bool
) -> None:
    observation = observed(an_ifcjob(status=finished(), ttl_seconds_after_finished=ttl), history_written=recorded)
    decision = plan(observation, Policy(ttl_seconds=default), NOW)
    assert decision.delete_ifcjob == deletes
    assert decision.recheck_at == (later(recheck) if recheck else None)


@pytest.mark.parametrize("kind", ["Complete", "Failed"])
@pytest.mark.parametrize("spec", [{"cancel": True}, {"suspend": True}, {"priority": 5}])
def test_a_finished_job_only_observes_a_new_generation(kind: Any, spec: dict[str, Any]) -> None:
    observation = observed(an_ifcjob(status=finished(kind), generation=2, **spec), admitted=True, queue_draining=True)
    decision = plan(observation, POLICY, NOW)
    assert decision.status == observation.ifcjob.status.model_copy(update={"observed_generation": 2})
    assert plan(with_status(observation, decision), POLICY, NOW).is_empty


def test_jobs_of_a_finished_ifcjob_are_deleted() -> None:
    observation = observed(an_ifcjob(status=finished("Failed", "DeadlineExceeded")), job=a_job())
    assert plan(observation, POLICY, NOW).delete_jobs == ("house-0d9f5a3e-1",)
    assert plan(replace(observation, job=a_job(deleting=True)), POLICY, NOW).is_empty
    assert plan(replace(observation, job=a_failed_job()), POLICY, NOW).is_empty
