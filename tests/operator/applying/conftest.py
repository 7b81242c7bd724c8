"""A house and the faults of its API server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob_operator.cluster.kubernetes_cluster import KubernetesCluster
from tests.operator.applying.house import House
from tests.support.faulty_api_server import Fault, FaultyApiServer
from tests.support.manifests import ifcjob_manifest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane


@pytest.fixture
def with_house(
    api_server: ControlPlane, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Run a test's coroutine with a house and faults, all of which must have happened in the end."""

    def run(use: Callable[[House], Awaitable[Any]], *faults: Fault, retry_timeout: float = 60) -> Any:
        async def used() -> Any:
            async with FaultyApiServer(api_server, tmp_path) as server:
                monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig))
                async with KubernetesCluster(retry_timeout=retry_timeout) as cluster:
                    path = f"/apis/ifcjob.io/v1alpha1/namespaces/{namespace}/ifcjobs"
                    await cluster.ask("POST", path, ifcjob_manifest())
                    server.seen.clear()
                    server.faults.extend(faults)
                    result = await use(House(cluster, server, namespace))
                assert not server.faults, "not all faults have happened"
                return result

        return asyncio.run(used())

    return run
