"""The API while Kubernetes is down: reads from memory with their age, writes that say when to try again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.access.protocol import Caller
from tests.support.api import running_api
from tests.support.async_tests import finish, until
from tests.support.faulty_api_server import FaultyApiServer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from fastapi import Request

    from tools.cluster.control_plane import ControlPlane

HOUSE = {"source": {"s3Uri": "s3://models/house.ifc"}}


def test_reads_continue_and_writes_wait_while_kubernetes_is_down(
    namespace: str, api_server: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use() -> None:
        async with FaultyApiServer(api_server, tmp_path) as server:
            monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig))
            async with running_api(namespace) as api:
                path = f"/namespaces/{namespace}/jobs"
                await api.post(path, json=HOUSE | {"name": "house"})
                await server.stop()
                await until(lambda: api.services.live.stale_seconds() >= 1, 20)
                listed = await api.get(path)
                assert [item["name"] for item in listed.json()["items"]] == ["house"]
                assert listed.json()["staleSeconds"] >= 1
                assert int((await api.get(f"{path}/house")).headers["Age"]) >= 1
                assert (await ready(api)).status_code == 200, "it answers reads"
                for answer in (await api.post(path, json=HOUSE), await api.post(f"{path}/house/cancel")):
                    assert (answer.status_code, answer.json()["code"]) == (503, "KubernetesUnavailable")
                    assert int(answer.headers["Retry-After"]) > 0
                    assert answer.json()["retryable"] is True
                await server.start_again()
                await until(lambda: api.services.live.stale_seconds() == 0, 30)
                assert (await api.post(f"{path}/house/cancel")).status_code == 202
                assert (await api.get(path)).json()["staleSeconds"] == 0

    finish(use(), 120)


async def ready(api: Any) -> Any:
    return await api.get("http://api/readyz")


def test_a_replica_is_not_ready_until_it_has_read_all_jobs(
    namespace: str, api_server: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use() -> None:
        async with FaultyApiServer(api_server, tmp_path) as server:
            monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig))
            await server.stop()
            async with running_api(namespace, wait=False) as api:
                path = f"/namespaces/{namespace}/jobs"
                for answer in (await ready(api), await api.get(path), await api.get(f"/namespaces/{namespace}/queues")):
                    assert (answer.status_code, answer.json()["code"]) == (503, "NotReady")
                assert (await api.get("http://api/healthz")).json() == {"status": "ok"}
                await server.start_again()
                await until(lambda: api.services.live.is_synced, 30)
                assert (await ready(api)).json()["status"] == "ok"

    finish(use(), 120)


class SomeRights(OpenAccess):
    """A user who may read jobs and hold queues."""

    async def caller(self, _request: Request, /) -> Caller:
        return Caller("ann", ("bim",))

    async def allowed_namespaces(self, *arguments: Any) -> frozenset[str]:
        _, verb, resource, among = arguments
        return frozenset(among if (verb, resource) in {("get", "ifcjobs"), ("patch", "ifcqueues")} else ())


def test_me_says_the_rights_per_namespace(namespace: str) -> None:
    async def use() -> Any:
        async with running_api(namespace) as api:
            await api.post(f"/namespaces/{namespace}/jobs", json=HOUSE)
        async with running_api(namespace, access=SomeRights()) as api:
            return (await api.get("/me")).json()

    me = finish(use())
    assert (me["name"], me["groups"]) == ("ann", ["bim"])
    assert me["namespaces"] == [{"namespace": namespace, "ifcjobs": ["get"], "ifcqueues": ["patch"]}]


def test_metrics_count_requests_by_route(namespace: str) -> None:
    async def use() -> str:
        async with running_api(namespace) as api:
            await api.get(f"/namespaces/{namespace}/jobs")
            await api.get(f"/namespaces/{namespace}/jobs/missing")
            return (await api.get("http://api/metrics")).text

    text = finish(use())
    route = "/namespaces/{namespace}/jobs"
    for line in (f'method="GET",route="{route}",status="200"', f'method="GET",route="{route}/{{name}}",status="404"'):
        assert re.search(rf"^ifcjob_api_requests_total\{{{re.escape(line)}\}} [1-9]", text, re.MULTILINE), line
    assert namespace not in text, "no label names a namespace"
    assert "ifcjob_api_stale_seconds 0.0" in text
