"""Plans carried out on a real API server, with answers lost and names taken between any two effects."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_backends.cluster.errors import ClusterUnavailable, Conflict, NotFound, Refused
from ifcjob_backends.cluster.objects import controller_uid
from ifcjob_operator.applying.apply import Applied, Applier
from ifcjob_operator.cluster.objects import ifcjob_of, observed_job, observed_pod
from ifcjob_operator.plan import plan
from ifcjob_operator.planning.actions import Plan, PlannedEvent
from ifcjob_operator.planning.observation import CachedResult, Committed, MemoryAdvice, Observed
from ifcjob_operator.planning.policy import Policy
from tests.operator.applying.house import SETTINGS, House, first_attempt, request_of
from tests.support.builders import (
    COMMITTED,
    GIB,
    INPUT,
    a_pod,
    a_report,
    a_status,
    an_ifcjob,
    running,
)
from tests.support.faulty_api_server import Fault

if TYPE_CHECKING:
    from ifcjob.report import Failure, RunReport
    from ifcjob.request import RunRequest
    from ifcjob.resource import IfcJob
    from ifcjob_operator.cluster.api import Cluster

Lost = Literal["before", "after"]


def test_an_attempt_is_recorded_before_its_job_and_secret_are_created(with_house: Any) -> None:
    async def use(house: House) -> None:
        decision, applied = await house.start()
        name = (await house.ifcjob()).status.attempts[0].job_name
        assert house.writes == ["PATCH ifcjobs/house/status", "POST jobs", "POST secrets"]
        assert applied.ifcjob is not None
        assert (await house.ifcjob()).status == ifcjob_of(applied.ifcjob).status == decision.status
        (job,), (secret,) = await house.jobs(), await house.secrets()
        assert applied.job is not None
        assert job["metadata"]["uid"] == applied.job["metadata"]["uid"] == controller_uid(secret)
        assert job["metadata"]["name"] == secret["metadata"]["name"] == name
        assert applied.secret_ensured

    with_house(use)


def test_a_failed_request_writes_nothing(with_house: Any) -> None:
    async def fails(*_: Any) -> RunRequest:
        raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, "the web server is away", hint="Wait.")

    async def use(house: House) -> None:
        ifcjob = await house.ifcjob()
        with pytest.raises(RunFailure):
            await house.apply(first_attempt(ifcjob), ifcjob, fails)
        assert house.writes == []

    with_house(use)


def test_a_plan_for_an_older_version_creates_nothing(with_house: Any) -> None:
    async def use(house: House) -> None:
        ifcjob = await house.ifcjob()
        await house.apply(Plan(status=a_status(input=INPUT)), ifcjob)
        with pytest.raises(Conflict):
            await house.apply(first_attempt(ifcjob), ifcjob)
        assert await house.jobs() == []

    with_house(use)


def test_a_deleted_ifcjob_gets_no_job(with_house: Any) -> None:
    async def use(house: House) -> None:
        ifcjob = await house.ifcjob()
        applied = await house.apply(Plan(delete_ifcjob=True), ifcjob)
        assert applied.deleted
        with pytest.raises(NotFound):
            await house.apply(first_attempt(ifcjob), ifcjob)
        assert await house.jobs() == []
        assert (await house.apply(Plan(delete_ifcjob=True), ifcjob)).deleted

    with_house(use)


def test_a_job_created_by_a_request_without_an_answer_is_adopted(with_house: Any) -> None:
    async def use(house: House) -> None:
        _, applied = await house.start()
        (job,), (secret,) = await house.jobs(), await house.secrets()
        assert applied.job is not None
        assert applied.job["metadata"]["uid"] == job["metadata"]["uid"] == controller_uid(secret)
        assert house.writes.count("POST jobs") == 2

    with_house(use, Fault("POST", "/jobs", lost="after"))


def test_a_job_of_another_owner_is_left_alone(with_house: Any) -> None:
    async def use(house: House) -> None:
        ifcjob = await house.ifcjob()
        decision = first_attempt(ifcjob)
        assert decision.create_attempt is not None
        other = ifcjob.model_copy(deep=True, update={"status": decision.status})
        other.metadata.uid = "another"
        await house.apply(Plan(create_attempt=decision.create_attempt), other)
        with pytest.raises(Refused, match="is taken by a Job of another owner: delete it"):
            await house.apply(decision, ifcjob)
        (job,) = await house.jobs()
        assert controller_uid(job) == "another"

    with_house(use)


def test_a_job_deleted_during_its_adoption_is_a_conflict(with_house: Any, namespace: str) -> None:
    async def use(house: House) -> None:
        async def vanish() -> None:
            path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
            await house.cluster.ask("DELETE", path, {"propagationPolicy": "Background"})

        house.server.faults.append(Fault("GET", f"/{namespace}/jobs/house", meanwhile=vanish))
        with pytest.raises(Conflict, match="was just deleted"):
            await house.start()

    with_house(use, Fault("POST", "/jobs", lost="after"))


@pytest.mark.parametrize("times", [1, 2])
def test_a_secret_created_by_a_request_without_an_answer_is_kept(with_house: Any, times: int) -> None:
    async def use(house: House) -> None:
        _, applied = await house.start()
        (secret,) = await house.secrets()
        assert applied.secret_ensured
        assert not [write for write in house.writes if write.startswith("DELETE")]
        assert controller_uid(secret) == (applied.job or {})["metadata"]["uid"]

    with_house(use, *[Fault("POST", "/secrets", lost="after")] * times)


def test_the_secret_of_an_earlier_job_is_replaced(with_house: Any) -> None:
    """The garbage collector may be slower than we are; here there is none."""

    async def use(house: House) -> None:
        decision, applied = await house.start()
        former = (applied.job or {})["metadata"]
        path = f"/apis/batch/v1/namespaces/{house.namespace}/jobs/{former['name']}"
        await house.cluster.ask("DELETE", path, {"propagationPolicy": "Background"})
        again = await house.apply(Plan(create_attempt=decision.create_attempt), await house.ifcjob())
        (secret,) = await house.secrets()
        assert former["uid"] != (again.job or {})["metadata"]["uid"] == controller_uid(secret)

    with_house(use)


def test_a_secret_of_another_owner_is_left_alone(with_house: Any) -> None:
    async def use(house: House) -> None:
        ifcjob = await house.ifcjob()
        decision = first_attempt(ifcjob)
        assert decision.create_attempt is not None
        theirs = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": decision.create_attempt.job_name}}
        await house.cluster.create_secret(house.namespace, theirs)
        with pytest.raises(Refused, match="is taken by a Secret of another owner: delete it"):
            await house.apply(decision, ifcjob)
        (secret,) = await house.secrets()
        assert "labels" not in secret["metadata"]

    with_house(use)


def test_a_missing_secret_is_created_and_an_existing_one_stays(with_house: Any) -> None:
    async def use(house: House) -> None:
        await house.start()
        (job,), ifcjob, ensure = await house.jobs(), await house.ifcjob(), Plan(ensure_secret=True)
        key = (house.namespace, job["metadata"]["name"])
        seen = {"job": observed_job(job)}
        assert (await house.apply(ensure, ifcjob, **seen)).secret_ensured
        (first,) = await house.secrets()
        await house.cluster.delete_secret(key)
        assert (await house.apply(ensure, ifcjob, **seen)).secret_ensured
        (second,) = await house.secrets()
        assert second["metadata"]["uid"] != first["metadata"]["uid"]
        assert second["data"] == first["data"]
        await house.cluster.delete_secret(key)
        path = f"/apis/batch/v1/namespaces/{house.namespace}/jobs/{key[1]}"
        await house.cluster.ask("DELETE", path, {"propagationPolicy": "Background"})
        assert not (await house.apply(ensure, ifcjob, **seen)).secret_ensured
        assert await house.secrets() == []

    with_house(use)


def test_jobs_are_deleted_before_the_status_is_written(with_house: Any) -> None:
    async def use(house: House) -> None:
        decision, _ = await house.start()
        assert decision.create_attempt is not None
        name = decision.create_attempt.job_name
        house.server.seen.clear()
        cancelled = Plan(delete_jobs=(name, "house-gone"), status=a_status(phase="Cancelled"))
        await house.apply(cancelled, await house.ifcjob())
        assert house.writes == [f"DELETE jobs/{name}", "DELETE jobs/house-gone", "PATCH ifcjobs/house/status"]
        (job,) = await house.jobs()
        assert observed_job(job).deleting

    with_house(use)


def test_an_event_is_emitted_once_and_its_loss_stops_nothing(with_house: Any) -> None:
    async def use(house: House) -> None:
        ifcjob = await house.ifcjob()
        retried = PlannedEvent("Retried", "OutOfMemory: trying again with 2Gi", "Warning")
        await house.apply(Plan(events=(retried,)), ifcjob)
        decision = replace(first_attempt(ifcjob), events=(retried, retried, replace(retried, message="x" * 2000)))
        await house.apply(decision, ifcjob)
        events = await house.all("/api/v1/namespaces/{}/events")
        assert sorted(event["message"] for event in events) == [retried.message, "x" * 1024]
        for event in events:
            assert event["involvedObject"]["uid"] == ifcjob.metadata.uid
            assert (event["reason"], event["type"], event["count"]) == ("Retried", "Warning", 1)

    with_house(use, Fault("POST", "/events", status=403))


def test_an_unchanged_status_is_not_written(with_house: Any) -> None:
    async def use(house: House) -> None:
        decision, _ = await house.start()
        house.server.seen.clear()
        applied = await house.apply(Plan(status=decision.status), await house.ifcjob())
        assert house.writes == []
        assert applied == Applied()

    with_house(use)


def test_a_commit_is_the_only_effect_of_its_plan_and_its_result_is_returned() -> None:
    commits: list[tuple[int, RunReport | None]] = []

    async def commit(_ifcjob: IfcJob, attempt: int, report: RunReport | None) -> Committed | Failure:
        commits.append((attempt, report))
        return COMMITTED

    applier = Applier(cast("Cluster", None), request_of, commit, SETTINGS)
    pods = (a_pod("Failed"), a_pod("Succeeded", report=a_report()))
    observed = Observed(an_ifcjob(status=running()), pods=pods)
    assert asyncio.run(applier.apply(Plan(commit=1), observed)) == Applied(commit=COMMITTED)
    assert commits == [(1, a_report())]


async def reconcile(house: House) -> bool:
    """Observe, plan and apply once, as after a restart; True when nothing was to be done."""
    ifcjob = await house.ifcjob()
    observed = Observed(
        ifcjob, admitted=True, input=INPUT, cached_result=CachedResult(), memory=MemoryAdvice(GIB, "formula")
    )
    if ifcjob.status.attempts:
        key = (house.namespace, ifcjob.status.attempts[-1].job_name)
        item = await house.cluster.job(key)
        job, pods = observed_job(item) if item else None, await house.cluster.pods_of(key)
        observed = replace(observed, job=job, job_checked=item is None, pods=tuple(observed_pod(pod) for pod in pods))
    decision = plan(observed, Policy(), datetime.now(UTC))
    await house.apply(decision, ifcjob, job=observed.job)
    return not decision.create_attempt and decision.status is None


@pytest.mark.parametrize("lost", ["before", "after"])
@pytest.mark.parametrize(("method", "path"), [("PATCH", "/status"), ("POST", "/jobs"), ("POST", "/secrets")])
def test_a_crash_between_any_two_effects_leaves_one_attempt(
    with_house: Any, method: str, path: str, lost: Lost
) -> None:
    async def use(house: House) -> None:
        with pytest.raises(ClusterUnavailable):
            await reconcile(house)
        while not await reconcile(house):
            pass
        ifcjob, (job,), (secret,) = await house.ifcjob(), await house.jobs(), await house.secrets()
        (attempt,) = ifcjob.status.attempts
        assert attempt.job_name == job["metadata"]["name"]
        assert controller_uid(job) == ifcjob.metadata.uid
        assert controller_uid(secret) == job["metadata"]["uid"]

    with_house(use, Fault(method, path, lost=lost), retry_timeout=0)
