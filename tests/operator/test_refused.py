"""Requests that the API server refuses: what is tried again, and what is logged, on a real API server."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

import pytest
from structlog.testing import capture_logs

from ifcjob_operator.applying.apply import Applier
from ifcjob_operator.applying.job_manifest import PodSettings
from ifcjob_operator.cluster.kubernetes_cluster import KubernetesCluster
from ifcjob_operator.controller import Controller
from ifcjob_operator.observing.health import Health
from ifcjob_operator.observing.watches import watch
from ifcjob_operator.settings.fields import Settings
from tests.operator.applying.house import no_commit
from tests.support.async_tests import finish, until
from tests.support.fake_cluster import IFCJOBS, JOBS, QUEUES, FakeCluster
from tests.support.manifests import ifcjob_manifest, ifcqueue_manifest
from tests.support.simple_requests import SomeFacts, simple_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tools.cluster.control_plane import ControlPlane

Log = list[Any]


@pytest.fixture
def fake(api_server: ControlPlane, namespace: str, monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    monkeypatch.setenv("IFCJOB_NAMESPACES", namespace)
    monkeypatch.setenv("IFCJOB_RUNNER_IMAGE", "registry.example.com/ifcjob/runner:0.2.0")
    return FakeCluster(api_server, namespace)


def operating(use: Callable[[Counter[str], Log], Awaitable[None]]) -> None:
    """Run the operator's controller; count its requests and collect its log."""
    requests = Counter[str]()

    def count(verb: str, resource: str, _code: int) -> None:
        requests[f"{verb} {resource}"] += 1

    async def main() -> None:
        async with KubernetesCluster(on_request=count) as cluster:
            applier = Applier(cluster, simple_request, no_commit, PodSettings(image="runner:1"))
            facts = cast("Any", SomeFacts())
            controller = Controller(Settings(), cluster, facts, applier, None, Health(), watch)
            stop = asyncio.Event()
            with capture_logs() as log:
                running = asyncio.create_task(controller.run(stop, lambda: None))
                await until(lambda: controller.is_synced)
                try:
                    await use(requests, log)
                finally:
                    stop.set()
                    await running

    finish(main())


def events(log: Log) -> list[str]:
    return [line["event"] for line in log if line["log_level"] == "warning"]


def test_nothing_is_tried_again_in_a_terminating_namespace(fake: FakeCluster) -> None:
    for name in ("queued", "unqueued"):
        fake.ask("POST", IFCJOBS, ifcjob_manifest(name, queue="night" if name == "queued" else "default"))
    fake.ask("POST", QUEUES, ifcqueue_manifest("night", slots=3))
    fake.ask("DELETE", f"/api/v1/namespaces/{fake.namespace}")

    async def use(requests: Counter[str], log: Log) -> None:
        await until(lambda: requests["POST jobs"] and requests["POST ifcqueues"])
        fake.change("queued", priority=3)
        fake.change("unqueued", priority=3)
        await asyncio.sleep(3)
        assert (requests["POST jobs"], requests["POST ifcqueues"]) == (1, 1)
        assert events(log) == ["namespace is terminating"]
        assert log[-1]["namespace"] == fake.namespace

    operating(use)


def test_a_refused_job_is_logged_once_and_explained_at_once(fake: FakeCluster) -> None:
    fake.ask("POST", QUEUES, ifcqueue_manifest("default", slots=3))
    item = fake.ask("POST", IFCJOBS, ifcjob_manifest("house"))
    name = f"house-{item['metadata']['uid'][:8]}-1"
    pod = {"restartPolicy": "Never", "containers": [{"name": "runner", "image": "none"}]}
    fake.ask("POST", JOBS, {"metadata": {"name": name}, "spec": {"template": {"spec": pod}}})

    async def use(requests: Counter[str], log: Log) -> None:
        await until(lambda: fake.reason("house", "Running") == "PodNotCreated")
        await asyncio.sleep(3)
        assert 1 <= requests["POST jobs"] <= 3, "then every 15 s"
        assert events(log) == ["job refused"]
        assert "is taken by a Job of another owner" in log[-1]["error"]

    operating(use)
