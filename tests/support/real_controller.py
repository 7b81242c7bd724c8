"""The operator's controller against the API server of KUBECONFIG; its facts, requests and commits are simple."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

import pytest
from structlog.testing import capture_logs

from ifcjob_operator.applying.apply import Applier
from ifcjob_operator.applying.job_manifest import PodSettings
from ifcjob_operator.applying.runner_policy import RunnerPolicy
from ifcjob_operator.cluster.kubernetes_cluster import KubernetesCluster
from ifcjob_operator.controller import Controller
from ifcjob_operator.observing.health import Health
from ifcjob_operator.observing.watches import watch
from ifcjob_operator.settings.fields import Settings
from tests.operator.applying.house import no_commit
from tests.support.async_tests import finish, until
from tests.support.fake_cluster import FakeCluster
from tests.support.simple_requests import SomeFacts, simple_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane

Log = list[Any]


@pytest.fixture
def fake(api_server: ControlPlane, namespace: str, monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    """Make a namespace that the controller watches."""
    monkeypatch.setenv("IFCJOB_NAMESPACES", namespace)
    monkeypatch.setenv("IFCJOB_RUNNER_IMAGE", "registry.example.com/ifcjob/runner:0.2.0")
    return FakeCluster(api_server, namespace)


def operating(use: Callable[[Counter[str], Log], Awaitable[None]], policy_file: Path | None = None) -> None:
    """Run the operator's controller, with a NetworkPolicy for runners; count its requests and collect its log."""
    requests = Counter[str]()

    def count(verb: str, resource: str, _code: int) -> None:
        requests[f"{verb} {resource}"] += 1

    async def main() -> None:
        async with KubernetesCluster(on_request=count) as cluster:
            policy = RunnerPolicy(cluster, policy_file) if policy_file else None
            applier = Applier(cluster, simple_request, no_commit, PodSettings(image="runner:1"), policy)
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
