"""The operator's HTTP as Prometheus, a kubelet, an autoscaler and a runner see it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from ifcjob.report import TERMINATION_MESSAGE_BYTES
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.cluster.kubernetes_cluster import KubernetesCluster
from ifcjob_operator.cluster.objects import ifcjob_of
from ifcjob_operator.controller import Controller
from ifcjob_operator.observing.health import Health
from ifcjob_operator.planning.attempts import attempt_name
from ifcjob_operator.serving.backend import QueryBackend
from ifcjob_operator.serving.progress_token import is_genuine, progress_token, progress_url, report_url
from ifcjob_operator.serving.server import PROGRESS_BYTES, Server
from ifcjob_operator.settings.fields import Settings
from tests.support.async_tests import finish
from tests.support.manifests import as_text, ifcjob_manifest, ifcqueue_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane

KEY = b"0123456789abcdef"
QUEUE_TOKEN = "let me see"
Client = TestClient[Any, Any]
Use = Callable[[Client, Controller, Cluster], Awaitable[None]]


class Servers:
    """A replica's HTTP server with a progress key and a queue token, on a real API server."""

    def __init__(self, folder: Path, namespace: str = "bim", interval: float = 10) -> None:
        self.namespace, self.health = namespace, Health()
        self.key_file, self.token_file = folder / "key", folder / "token"
        self.key_file.write_bytes(KEY + b"\n")
        self.token_file.write_text(QUEUE_TOKEN + "\n", encoding="utf-8")
        self.interval = interval
        self.requests: list[str] = []

    def serve(self, use: Use, *, queue_token: bool = True, progress_key: bool = True) -> None:
        """Call `use` with a client of it."""

        async def main() -> None:
            async with KubernetesCluster(
                on_request=lambda verb, resource, _: self.requests.append(f"{verb} {resource}")
            ) as cluster:
                controller = self._controller(cluster)
                backend = QueryBackend(cluster, controller, self.key_file if progress_key else None, self.interval)
                server = Server(self.health, backend, self.token_file if queue_token else None)
                async with TestClient(TestServer(server.app)) as client:
                    await use(client, controller, cluster)

        finish(main())

    def lead(self) -> None:
        """Let this replica lead, with everything listed."""
        self.health.note_synced()
        self.health.leading = True

    def _controller(self, cluster: Cluster) -> Controller:
        unused: Any = None
        return Controller(Settings(runner_image="runner:1"), cluster, unused, unused, None, self.health, unused)


@pytest.fixture
def servers(tmp_path: Path, api_server: ControlPlane, namespace: str) -> Servers:
    made = api_server.kubectl("-n", namespace, "create", "-f", "-", stdin=as_text(ifcjob_manifest("house")))
    assert made.returncode == 0, made.stderr
    return Servers(tmp_path, namespace)


async def start_attempt(cluster: Cluster, namespace: str, number: int = 1) -> dict[str, Any]:
    """Have an attempt of `house` under way and return the IfcJob."""
    item = await cluster.ifcjob((namespace, "house"))
    assert item is not None
    attempt = {"number": number, "jobName": attempt_name(ifcjob_of(item), number), "memoryLimit": "1Gi"}
    attempt |= {"admittedAt": "2026-03-01T12:00:00Z"}
    changes = {"phase": "Running", "attempts": [attempt]}
    return await cluster.patch_status((namespace, "house"), item["metadata"]["resourceVersion"], changes)


async def second_attempt(
    servers: Servers, controller: Controller, cluster: Cluster, *, leads: bool = True
) -> dict[str, Any]:
    """Have attempt 2 of `house` under way, which the controller knows if it leads, and return the IfcJob."""
    item = await start_attempt(cluster, servers.namespace, 2)
    if leads:
        servers.lead()
        controller.handle("ifcjobs", "ADDED", item)
    return item


async def post(
    client: Client, namespace: str, uid: str, percent: float = 40, attempt: int | str = 1, **changed: Any
) -> int:
    """Post progress as a runner does and return the status."""
    body = {"percent": percent, "stage": "geometry", "elementsDone": 4, "elementsTotal": 10}
    token = changed.get("token", progress_token(KEY, uid, attempt))  # type: ignore[arg-type]
    name = changed.get("name", "house")
    url = changed.get("url", progress_url)("", namespace, name, attempt)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    content: dict[str, Any] = {"data": changed["data"]} if "data" in changed else {"json": body}
    async with client.post(url, headers=headers, **content) as response:
        return response.status


def test_a_token_is_valid_for_one_attempt_of_one_ifcjob() -> None:
    token = progress_token(KEY, "u1", 1)
    assert is_genuine(KEY, token, "u1", 1)
    assert not is_genuine(KEY, token, "u1", 2)
    assert not is_genuine(KEY, token, "u2", 1)
    assert not is_genuine(b"another key 0123", token, "u1", 1)
    assert not is_genuine(KEY, "", "u1", 1)
    assert not is_genuine(KEY, "schön \udcff", "u1", 1)
    assert progress_url("http://operator:8080/", "bim", "house", 2) == "http://operator:8080/v1/progress/bim/house/2"


def test_metrics_count_requests_by_route_and_never_by_path(servers: Servers) -> None:
    async def use(client: Client, _: Controller, __: Cluster) -> None:
        await client.get("/v1/queues/some-namespace/some-queue")
        await client.get("/nowhere/at/all")
        async with client.get("/metrics") as response:
            assert response.status == 200
            text = await response.text()
        families = {family.name: family for family in text_string_to_metric_families(text)}
        seen = {(s.labels["route"], s.labels["status"]) for s in families["ifcjob_http_requests"].samples}
        assert ("/v1/queues/{namespace}/{queue}", "401") in seen
        assert ("unknown", "404") in seen
        assert "some-queue" not in text

    servers.serve(use)


def test_liveness_and_readiness(servers: Servers) -> None:
    async def answer(client: Client, path: str) -> tuple[int, dict[str, Any]]:
        async with client.get(path) as response:
            return response.status, await response.json()

    async def use(client: Client, _: Controller, __: Cluster) -> None:
        assert await answer(client, "/healthz") == (200, {"healthy": True, "problems": {}})
        assert await answer(client, "/readyz") == (200, {"ready": True, "leading": False})
        servers.health.leading = True
        assert await answer(client, "/readyz") == (503, {"ready": False, "leading": True})
        servers.health.note_synced()
        assert await answer(client, "/readyz") == (200, {"ready": True, "leading": True})
        servers.health.lag = 60
        status, body = await answer(client, "/healthz")
        assert (status, body["healthy"]) == (503, False)
        assert body["problems"] == {"eventLoop": "a timer fired 60 s late"}

    servers.serve(use)


def test_queue_depth_needs_the_token_in_every_replica(servers: Servers, api_server: ControlPlane) -> None:
    manifest = as_text(ifcqueue_manifest("night", slots=3))
    assert api_server.kubectl("-n", servers.namespace, "create", "-f", "-", stdin=manifest).returncode == 0
    url = f"/v1/queues/{servers.namespace}/night"

    async def ask(client: Client, token: str | None, path: str = url) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with client.get(path, headers=headers) as response:
            return response.status, await response.json()

    async def use(client: Client, controller: Controller, cluster: Cluster) -> None:
        for token in (None, "let me", "s\u00e9same", QUEUE_TOKEN + "!"):
            code, body = await ask(client, token)
            assert (code, set(body)) == (401, {"error"})
        status = {"slots": 3, "pending": 2, "active": 1, "demand": 3, "oldestPendingAt": "2026-03-01T12:00:00Z"}
        await cluster.patch_queue_status((servers.namespace, "night"), status)
        code, depth = await ask(client, QUEUE_TOKEN)
        assert code == 200
        assert depth.pop("oldestPendingSeconds") > 3600
        assert depth == {"slots": 3, "pending": 2, "active": 1, "demand": 3}
        assert (await ask(client, QUEUE_TOKEN, f"/v1/queues/{servers.namespace}/none"))[0] == 404

        servers.lead()
        assert (await ask(client, QUEUE_TOKEN))[0] == 404
        controller.handle("ifcqueues", "ADDED", await cluster.ifcqueue((servers.namespace, "night")) or {})
        depth = {"slots": 3, "pending": 0, "active": 0, "demand": 0, "oldestPendingSeconds": 0}
        assert await ask(client, QUEUE_TOKEN) == (200, depth)

        servers.token_file.write_text("rotated", encoding="utf-8")
        assert (await ask(client, QUEUE_TOKEN))[0] == 401
        assert (await ask(client, "rotated"))[0] == 200
        servers.token_file.write_text("", encoding="utf-8")
        assert (await ask(client, None))[0] == 401
        servers.token_file.unlink()
        assert (await ask(client, "rotated"))[0] == 503

    servers.serve(use)


def test_queues_are_public_without_a_token_file(servers: Servers) -> None:
    async def use(client: Client, _: Controller, __: Cluster) -> None:
        async with client.get(f"/v1/queues/{servers.namespace}/none") as response:
            assert response.status == 404

    servers.serve(use, queue_token=False)


def test_a_leader_that_has_not_listed_everything_asks_the_api_server(servers: Servers) -> None:
    async def use(client: Client, _: Controller, cluster: Cluster) -> None:
        item = await start_attempt(cluster, servers.namespace)
        servers.health.leading = True
        assert await post(client, servers.namespace, item["metadata"]["uid"]) == 204
        servers.health.synced = True
        assert await post(client, servers.namespace, item["metadata"]["uid"]) == 401

    servers.serve(use)


@pytest.mark.parametrize("leads", [True, False], ids=["leader", "other replica"])
@pytest.mark.parametrize(
    ("posted", "status"),
    [
        pytest.param({"attempt": 2}, 204, id="current attempt"),
        pytest.param({"attempt": 1}, 409, id="former attempt"),
        pytest.param({"attempt": 2, "token": ""}, 401, id="no token"),
        pytest.param({"attempt": 2, "token": "forged"}, 401, id="forged token"),
        pytest.param({"attempt": 2, "token": "s\u00e9same"}, 401, id="token beyond ASCII"),
        pytest.param({"attempt": 2, "name": "another"}, 401, id="another IfcJob"),
        pytest.param({"attempt": 2, "uid": "another uid"}, 401, id="another uid"),
        pytest.param({"attempt": 2, "data": b"{"}, 400, id="broken JSON"),
        pytest.param({"attempt": 2, "data": b'{"percent": 140, "stage": "x"}'}, 400, id="percent out of range"),
        pytest.param({"attempt": 2, "data": b" " * (PROGRESS_BYTES + 1)}, 413, id="body too large"),
        pytest.param({"attempt": "two"}, 404, id="attempt without a number"),
    ],
)
def test_progress_is_accepted_from_the_running_attempt_only(
    servers: Servers, posted: dict[str, Any], status: int, *, leads: bool
) -> None:
    async def use(client: Client, controller: Controller, cluster: Cluster) -> None:
        item = await second_attempt(servers, controller, cluster, leads=leads)
        assert await post(client, servers.namespace, **({"uid": item["metadata"]["uid"]} | posted)) == status

    servers.serve(use)


@pytest.mark.parametrize("leads", [True, False], ids=["leader", "other replica"])
@pytest.mark.parametrize(
    ("posted", "status"),
    [
        pytest.param({"attempt": 2}, 204, id="current attempt"),
        pytest.param({"attempt": 1}, 409, id="former attempt"),
        pytest.param({"attempt": 2, "token": "forged"}, 401, id="forged token"),
        pytest.param({"attempt": 2, "name": "another"}, 401, id="another IfcJob"),
        pytest.param({"attempt": 2, "data": b'{"outcome": "Splendid"}'}, 400, id="not a report"),
        pytest.param({"attempt": 2, "data": b'{"outcome":"Succeeded","cpuSeconds":NaN}'}, 400, id="not a number"),
        pytest.param({"attempt": 2, "data": b" " * (PROGRESS_BYTES + 1)}, 413, id="body too large"),
    ],
)
def test_a_report_is_accepted_by_the_leader_from_the_running_attempt_only(
    servers: Servers, posted: dict[str, Any], status: int, *, leads: bool
) -> None:
    async def use(client: Client, controller: Controller, cluster: Cluster) -> None:
        item = await second_attempt(servers, controller, cluster, leads=leads)
        largest = b'{"outcome":"Succeeded"}'.ljust(TERMINATION_MESSAGE_BYTES)
        changed = {"uid": item["metadata"]["uid"], "data": largest, "url": report_url} | posted
        expected = status if leads or status in (400, 413) else 421
        assert await post(client, servers.namespace, **changed) == expected
        entry = controller.cache.get((servers.namespace, "house"))
        assert (entry is not None and entry.facts.report is not None) == (expected == 204)

    servers.serve(use)


def test_the_leader_keeps_progress_for_its_next_plan_and_it_never_falls(servers: Servers) -> None:
    async def use(client: Client, controller: Controller, cluster: Cluster) -> None:
        item = await second_attempt(servers, controller, cluster)
        uid, space = item["metadata"]["uid"], servers.namespace
        entry = controller.cache.get((space, "house"))
        assert entry is not None
        for percent in (40, 30):
            assert await post(client, space, uid, percent, attempt=2) == 204
            assert entry.facts.progress is not None
            assert (entry.facts.progress.percent, entry.facts.progress_of) == (40, 2)
        item = await cluster.ifcjob((space, "house")) or {}
        assert "progress" not in item["status"]
        await cluster.patch_status((space, "house"), item["metadata"]["resourceVersion"], {"phase": "Failed"})
        controller.handle("ifcjobs", "MODIFIED", await cluster.ifcjob((space, "house")) or {})
        assert await post(client, space, uid, attempt=2) == 409

    servers.serve(use)


def test_another_replica_writes_progress_once_per_interval(servers: Servers) -> None:
    servers.interval = 0.5

    async def use(client: Client, _: Controller, cluster: Cluster) -> None:
        item = await start_attempt(cluster, servers.namespace)
        uid = item["metadata"]["uid"]
        servers.requests.clear()
        for percent in (10, 20, 30):
            assert await post(client, servers.namespace, uid, percent) == 204
        for token in ("", "forged", progress_token(KEY, uid, 2), progress_token(KEY, "another uid", 1)):
            assert await post(client, servers.namespace, uid, token=token) == 401, "also while nothing is written"
        assert servers.requests == ["GET ifcjobs", "PATCH ifcjobs/status"]
        seen = await cluster.ifcjob((servers.namespace, "house"))
        assert seen is not None
        progress = seen["status"]["progress"]
        assert (progress["percent"], progress["stage"], progress["elementsDone"]) == (10, "geometry", 4)
        age = datetime.now(UTC) - datetime.fromisoformat(progress["updatedAt"])
        assert abs(age.total_seconds()) < 10
        await asyncio.sleep(0.5)
        assert await post(client, servers.namespace, uid, 50) == 204
        await asyncio.sleep(0.5)
        assert await post(client, servers.namespace, uid, 45) == 204
        seen = await cluster.ifcjob((servers.namespace, "house"))
        assert seen is not None
        assert seen["status"]["progress"]["percent"] == 50

    servers.serve(use)


@pytest.mark.parametrize(
    "posted", [{}, {"data": b'{"outcome":"Succeeded"}', "url": report_url}], ids=["progress", "report"]
)
def test_without_its_key_a_replica_accepts_nothing(servers: Servers, posted: dict[str, Any]) -> None:
    async def use(client: Client, _: Controller, cluster: Cluster) -> None:
        item = await start_attempt(cluster, servers.namespace)
        servers.key_file.unlink()
        assert await post(client, servers.namespace, item["metadata"]["uid"], **posted) == 503

    servers.serve(use)


def test_without_a_key_setting_there_is_no_progress_route(servers: Servers) -> None:
    async def use(client: Client, _: Controller, cluster: Cluster) -> None:
        item = await start_attempt(cluster, servers.namespace)
        assert await post(client, servers.namespace, item["metadata"]["uid"]) == 404

    servers.serve(use, progress_key=False)
