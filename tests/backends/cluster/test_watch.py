"""Watches and streams of a real API server: changes in order, bookmarks, expiry, and an end without an answer."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiohttp import web

from ifcjob_backends.cluster.client import Connection
from ifcjob_backends.cluster.errors import ClusterUnavailable, Expired, NotFound, Refused
from ifcjob_backends.cluster.watch_events import watch_events
from tests.support.async_tests import finish
from tests.support.manifests import ifcjob_manifest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane


def ifcjobs_path(namespace: str) -> str:
    return f"/apis/ifcjob.io/v1alpha1/namespaces/{namespace}/ifcjobs"


async def version_of_list(connection: Connection, path: str) -> str:
    return str((await connection.ask("GET", f"{path}?limit=1"))["metadata"]["resourceVersion"])


def test_a_watch_yields_changes_after_a_version_in_order(namespace: str) -> None:
    path = ifcjobs_path(namespace)

    async def use() -> list[tuple[str, str]]:
        async with Connection() as connection:
            await connection.ask("POST", path, ifcjob_manifest("before"))
            version = await version_of_list(connection, path)
            await connection.ask("POST", path, ifcjob_manifest("house"))
            await connection.ask("PATCH", f"{path}/house", {"spec": {"priority": 5}})
            await connection.ask("DELETE", f"{path}/house")
            changes: list[tuple[str, str]] = []
            async with aclosing(connection.watch(path, version)) as events:
                async for kind, item in events:
                    changes.append((kind, item["metadata"]["name"]))
                    if kind == "DELETED":
                        return changes
        raise AssertionError("the watch ended")

    assert finish(use()) == [("ADDED", "house"), ("MODIFIED", "house"), ("DELETED", "house")]


def test_a_watch_ends_when_the_server_ends_it(namespace: str) -> None:
    path = ifcjobs_path(namespace)

    async def use() -> list[str]:
        async with Connection() as connection:
            version = await version_of_list(connection, path)
            return [kind async for kind, _ in connection.watch(path, version, timeoutSeconds="1")]

    assert set(finish(use(), 20)) <= {"BOOKMARK"}


def test_a_bookmark_has_the_version_to_continue_from(namespace: str) -> None:
    path = ifcjobs_path(namespace)

    async def use() -> Any:
        async with Connection() as connection:
            await connection.ask("POST", path, ifcjob_manifest("house"))
            # With these options the server sends the objects and then a bookmark at once.
            options = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
            async for kind, item in connection.watch(path, "", **options):
                if kind == "BOOKMARK":
                    return item["metadata"]["resourceVersion"]
        raise AssertionError("the watch ended")

    assert int(finish(use(), 20)) > 0


def test_a_version_that_the_server_has_forgotten_is_expired(namespace: str) -> None:
    async def use() -> None:
        async with Connection() as connection:
            async for _ in connection.watch(ifcjobs_path(namespace), "1"):
                pass

    with pytest.raises(Expired):
        finish(use())


def test_a_stream_yields_an_answer_that_is_not_json(namespace: str) -> None:
    async def use() -> bytes:
        async with Connection() as connection:
            return b"".join([chunk async for chunk in connection.stream("/readyz", verbose="true")])

    assert namespace
    assert b"readyz check passed" in finish(use())


def test_the_log_of_a_missing_pod_is_not_found(namespace: str) -> None:
    async def use() -> None:
        async with Connection() as connection:
            async for _ in connection.stream(f"/api/v1/namespaces/{namespace}/pods/house/log", tailLines="5"):
                pass

    with pytest.raises(NotFound):
        finish(use())


def test_a_server_that_does_not_answer_is_unavailable(tmp_path: Path, api_server: ControlPlane, namespace: str) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    text = api_server.kubeconfig.read_text(encoding="utf-8").replace(str(api_server.port), "1")
    kubeconfig.write_text(text, encoding="utf-8")

    async def use() -> None:
        async with Connection() as connection:
            async for _ in connection.watch(ifcjobs_path(namespace), "1"):
                pass

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(kubeconfig))
        with pytest.raises(ClusterUnavailable, match="does not answer"):
            finish(use())


@pytest.mark.parametrize(
    ("status", "error"), [(401, ClusterUnavailable), (403, Refused), (410, Expired), (503, ClusterUnavailable)]
)
def test_an_error_status_ends_a_watch(scripted: Callable[..., Any], status: int, error: type[Exception]) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"kind": "Status", "message": "says the test"}, status=status)

    with pytest.raises(error, match="says the test"):
        scripted(answer)


def test_a_watch_that_breaks_off_is_unavailable(scripted: Callable[..., Any]) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(orjson.dumps({"type": "ADDED", "object": {"metadata": {"name": "house"}}}) + b"\n")
        await asyncio.sleep(0.05)
        assert request.transport is not None
        request.transport.abort()
        return response

    with pytest.raises(ClusterUnavailable):
        scripted(answer)


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_events_are_read_whatever_the_chunks(size: int) -> None:
    lines = b"".join(
        orjson.dumps({"type": "MODIFIED", "object": {"metadata": {"name": f"h{number}"}}}) + b"\n"
        for number in range(20)
    )

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(lines), size):
            yield lines[start : start + size]

    async def names() -> list[str]:
        return [item["metadata"]["name"] async for _, item in watch_events(chunks())]

    assert finish(names()) == [f"h{number}" for number in range(20)]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b'{"type": "ERROR", "object": {"code": 410, "message": "too old"}}\n', Expired),
        (b'{"type": "ERROR", "object": {"code": 500, "message": "etcd"}}\n', ClusterUnavailable),
        (b"<html>\n", ClusterUnavailable),
    ],
)
def test_an_error_event_is_a_typed_error(line: bytes, error: type[Exception]) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield line

    async def read() -> None:
        async for _ in watch_events(chunks()):
            pass

    with pytest.raises(error):
        finish(read())


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Watch a server that answers as a test says."""

    def run(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
        async def use() -> None:
            application = web.Application()
            application.router.add_get("/{path:.*}", answer)
            runner = web.AppRunner(application)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            kubeconfig = tmp_path / "kubeconfig"
            cluster, context = {"name": "a", "cluster": {"server": url}}, {"cluster": "a", "user": "a"}
            kubeconfig.write_bytes(
                orjson.dumps(
                    {
                        "clusters": [cluster],
                        "contexts": [{"name": "a", "context": context}],
                        "users": [{"name": "a", "user": {}}],
                        "current-context": "a",
                    }
                )
            )
            monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
            try:
                async with Connection() as connection:
                    async for _ in connection.watch("/apis/ifcjob.io/v1alpha1/ifcjobs", "1"):
                        pass
            finally:
                await runner.cleanup()

        return finish(use())

    return run
