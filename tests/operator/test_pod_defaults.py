"""The defaults of the operator and of a queue reach the Jobs and the queue's budget, on a real API server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.async_tests import until
from tests.support.fake_cluster import IFCJOBS, QUEUES
from tests.support.manifests import ifcjob_manifest, ifcqueue_manifest
from tests.support.real_controller import Log, operating

if TYPE_CHECKING:
    from collections import Counter

    import pytest

    from tests.support.fake_cluster import FakeCluster

OPERATOR = '{"labels": {"team": "bim"}, "resources": {"cpu": "2", "memory": "3Gi"}}'


def test_attempts_have_the_defaults_of_operator_and_queue(fake: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IFCJOB_RUNNER_DEFAULTS", OPERATOR)
    defaults = {"nodeSelector": {"pool": "ifc"}, "resources": {"cpu": "3"}}
    fake.ask("POST", QUEUES, ifcqueue_manifest("default", slots=9, budget={"cpu": "4"}, podDefaults=defaults))
    fake.ask("POST", IFCJOBS, ifcjob_manifest("house"))
    fake.ask("POST", IFCJOBS, ifcjob_manifest("own", resources={"cpu": "1"}, pod={"labels": {"team": "own"}}))
    fake.ask("POST", IFCJOBS, ifcjob_manifest("third"))

    async def use(_requests: Counter[str], _log: Log) -> None:
        await until(lambda: all(fake.jobs_of(name) for name in ("house", "own")), 30)
        pods = [fake.jobs_of(name)[0]["spec"]["template"] for name in ("house", "own")]
        limits = [pod["spec"]["containers"][0]["resources"]["limits"] for pod in pods]
        assert [(limit["cpu"], limit["memory"]) for limit in limits] == [("3", "3Gi"), ("1", "3Gi")]
        assert [pod["spec"]["nodeSelector"] for pod in pods] == [{"pool": "ifc"}] * 2
        assert [pod["metadata"]["labels"]["team"] for pod in pods] == ["bim", "own"]
        assert fake.jobs_of("third") == [], "four CPUs of the budget are in use"

    operating(use)


def test_changed_defaults_of_a_queue_let_a_job_start(fake: FakeCluster) -> None:
    queue = {"slots": 9, "budget": {"cpu": "4"}, "podDefaults": {"resources": {"cpu": "8"}}}
    fake.ask("POST", QUEUES, ifcqueue_manifest("default", **queue))
    fake.ask("POST", IFCJOBS, ifcjob_manifest("house"))

    async def use(_requests: Counter[str], _log: Log) -> None:
        await until(lambda: fake.reason("house", "Admitted") == "ExceedsBudget", 30)
        assert fake.jobs_of("house") == []
        fake.ask("PATCH", f"{QUEUES}/default", {"spec": {"podDefaults": {"resources": {"cpu": "4"}}}})
        await until(lambda: fake.jobs_of("house") != [], 30)

    operating(use)


def test_the_advised_memory_follows_changed_defaults_of_a_queue(fake: FakeCluster) -> None:
    queue = {"slots": 9, "budget": {"memory": "4Gi"}, "podDefaults": {"resources": {"memory": "8Gi"}}}
    fake.ask("POST", QUEUES, ifcqueue_manifest("default", **queue))
    fake.ask("POST", IFCJOBS, ifcjob_manifest("house"))

    async def use(_requests: Counter[str], _log: Log) -> None:
        await until(lambda: fake.reason("house", "Admitted") == "ExceedsBudget", 30)
        fake.ask("PATCH", f"{QUEUES}/default", {"spec": {"podDefaults": {"resources": {"memory": "auto"}}}})
        await until(lambda: fake.jobs_of("house") != [], 30)

    operating(use)


def test_changed_defaults_of_a_queue_leave_the_share_of_running_jobs(fake: FakeCluster) -> None:
    queue = {"slots": 9, "budget": {"cpu": "4"}, "podDefaults": {"resources": {"cpu": "1"}}}
    fake.ask("POST", QUEUES, ifcqueue_manifest("default", **queue))
    fake.ask("POST", IFCJOBS, ifcjob_manifest("house"))

    async def use(_requests: Counter[str], _log: Log) -> None:
        await until(lambda: fake.jobs_of("house") != [], 30)
        changed = {"slots": 8, "podDefaults": {"resources": {"cpu": "4"}}}
        fake.ask("PATCH", f"{QUEUES}/default", {"spec": changed})
        await until(lambda: fake.ask("GET", f"{QUEUES}/default").get("status", {}).get("slots") == 8, 30)
        fake.ask("POST", IFCJOBS, ifcjob_manifest("other", resources={"cpu": "3"}))
        await until(lambda: fake.jobs_of("other") != [], 30)

    operating(use)
