"""Patience with an API server that is busy, slow, restarting or loses answers; a real one behind a bad network."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Literal

import orjson
import pytest

from ifcjob_backends.cluster import client as connection
from ifcjob_backends.cluster.errors import AlreadyExists, ClusterUnavailable, Conflict, Refused
from ifcjob_operator.cluster.kubernetes_cluster import KubernetesCluster
from tests.support.faulty_api_server import Fault, FaultyApiServer
from tests.support.manifests import as_text, ifcjob_manifest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from ifcjob_operator.cluster.api import Cluster
    from tools.cluster.control_plane import ControlPlane

SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "house-1"}}


@pytest.fixture
def through(api_server: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Use a cluster through faults, all of which must have happened in the end."""

    def run(use: Callable[[Cluster, FaultyApiServer], Awaitable[Any]], *faults: Fault, **options: Any) -> Any:
        async def used() -> Any:
            async with FaultyApiServer(api_server, tmp_path, *faults) as server:
                monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig))
                async with KubernetesCluster(**options) as cluster:
                    result = await use(cluster, server)
                assert not server.faults, "not all of the script has happened"
                return result

        return asyncio.run(used())

    return run


def create_ifcjobs(api_server: ControlPlane, namespace: str, count: int) -> None:
    for number in range(count):
        created = api_server.kubectl("create", "-n", namespace, "-f", "-", stdin=as_text(ifcjob_manifest(f"h{number}")))
        assert created.returncode == 0, created.stderr


@pytest.mark.parametrize("status", [401, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_busy_api_server_is_retried(through: Any, namespace: str, method: str, status: int) -> None:
    codes: list[tuple[str, str, int]] = []
    key = (namespace, "house-1")

    async def use(cluster: Cluster, _: FaultyApiServer) -> None:
        match method:
            case "GET":
                await cluster.secret(key)
            case "POST":
                await cluster.create_secret(namespace, SECRET)
            case _:
                await cluster.delete_secret(key)

    through(use, Fault(method, "secrets", status=status), on_request=lambda *what: codes.append(what))
    last = {"GET": 404, "POST": 201, "DELETE": 404}[method]
    assert codes == [(method, "secrets", status), (method, "secrets", last)]


def test_retry_after_of_the_server_is_respected(through: Any, namespace: str) -> None:
    async def use(cluster: Cluster, _: FaultyApiServer) -> float:
        started = time.monotonic()
        assert await cluster.job((namespace, "house")) is None
        return time.monotonic() - started

    assert through(use, Fault("GET", "jobs", status=429, headers={"Retry-After": "1"})) >= 1


def test_a_retry_after_beyond_the_retry_timeout_is_not_waited_for(through: Any, namespace: str) -> None:
    async def use(cluster: Cluster, _: FaultyApiServer) -> float:
        started = time.monotonic()
        with pytest.raises(ClusterUnavailable, match="429: says the test"):
            await cluster.job((namespace, "house"))
        return time.monotonic() - started

    fault = Fault("GET", "jobs", status=429, headers={"Retry-After": "3600"})
    assert through(use, fault) < 5


def test_an_unavailable_server_is_retried_for_a_limited_time(through: Any, namespace: str) -> None:
    codes: list[int] = []

    async def use(cluster: Cluster, server: FaultyApiServer) -> None:
        await server.stop()
        with pytest.raises(ClusterUnavailable, match="the API server does not answer"):
            await cluster.job((namespace, "house"))

    through(use, retry_timeout=0.5, on_request=lambda _verb, _resource, code: codes.append(code))
    assert len(codes) > 1
    assert set(codes) == {0}


def test_a_hanging_api_server_is_retried(through: Any, namespace: str) -> None:
    codes: list[int] = []

    async def use(cluster: Cluster, _: FaultyApiServer) -> None:
        assert await cluster.job((namespace, "house")) is None

    fault = Fault("GET", "jobs", delay=1)
    through(use, fault, request_timeout=0.5, on_request=lambda _verb, _resource, code: codes.append(code))
    assert codes == [0, 404]


def test_an_answer_of_another_server_is_retried(through: Any, namespace: str) -> None:
    async def use(cluster: Cluster, _: FaultyApiServer) -> None:
        assert await cluster.job((namespace, "house")) is None

    through(use, Fault("GET", "jobs", status=200, body=b"<html>login"))
    through(use, Fault("GET", "jobs", status=502, body=b"<html>bad gateway"))


@pytest.mark.parametrize("status", [400, 403, 410, 422])
def test_a_refusal_is_not_repeated(through: Any, namespace: str, status: int) -> None:
    async def use(cluster: Cluster, server: FaultyApiServer) -> int:
        with pytest.raises(Refused, match=f"{status}: says the test"):
            await cluster.create_secret(namespace, SECRET)
        return len(server.seen)

    assert through(use, Fault("POST", "secrets", status=status)) == 1


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_lost_create_is_repeated(through: Any, namespace: str, lost: Literal["before", "after"]) -> None:
    async def use(cluster: Cluster, _: FaultyApiServer) -> bool:
        try:
            await cluster.create_secret(namespace, SECRET)
        except AlreadyExists:
            assert await cluster.secret((namespace, "house-1")), "it is ours"
            return False
        return True

    assert through(use, Fault("POST", "secrets", lost=lost)) == (lost == "before")


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_status_patch_without_an_answer_is_written_or_conflicts(
    through: Any, api_server: ControlPlane, namespace: str, lost: Literal["before", "after"]
) -> None:
    create_ifcjobs(api_server, namespace, 1)
    key = (namespace, "h0")

    async def use(cluster: Cluster, _: FaultyApiServer) -> Any:
        seen = await cluster.ifcjob(key)
        assert seen is not None
        try:
            await cluster.patch_status(key, seen["metadata"]["resourceVersion"], {"phase": "Starting"})
        except Conflict:
            assert lost == "after"
        return await cluster.ifcjob(key)

    assert through(use, Fault("PATCH", "status", lost=lost))["status"] == {"phase": "Starting"}


def test_a_list_whose_pages_have_expired_continues_where_it_was(
    through: Any, api_server: ControlPlane, namespace: str
) -> None:
    create_ifcjobs(api_server, namespace, 5)

    async def use(cluster: Cluster, server: FaultyApiServer) -> list[str]:
        listed: list[str] = []
        async for item in cluster.ifcjobs(namespace):
            listed.append(item["metadata"]["name"])
            if len(listed) == 2:
                # The answer after etcd was compacted: its token continues with the current state.
                first = await cluster.ask("GET", f"/apis/ifcjob.io/v1alpha1/namespaces/{namespace}/ifcjobs?limit=2")
                expired = {
                    "kind": "Status",
                    "reason": "Expired",
                    "metadata": {"continue": first["metadata"]["continue"]},
                }
                server.faults.append(Fault("GET", "ifcjobs", status=410, body=orjson.dumps(expired)))
        return listed

    assert through(use, page_size=2) == [f"h{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/apis/ifcjob.io/v1alpha1/namespaces/bim/ifcjobs/house/status", "ifcjobs/status"),
        ("/apis/ifcjob.io/v1alpha1/ifcjobs?limit=500", "ifcjobs"),
        ("/apis/batch/v1/namespaces/bim/jobs", "jobs"),
        ("/apis/batch/v1/namespaces/jobs/jobs/jobs", "jobs"),
        ("/api/v1/namespaces/bim/pods?labelSelector=a/b", "pods"),
        ("/api/v1/namespaces/bim/secrets/house-1", "secrets"),
        ("/readyz", "readyz"),
    ],
)
def test_requests_are_counted_by_resource(path: str, resource: str) -> None:
    assert connection._resource(path) == resource
