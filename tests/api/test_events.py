"""The event stream of a served application: snapshot, changes, resumption, rights that end, and slow clients."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.access.protocol import Caller
from ifcjob_api.settings import ApiSettings
from tests.support.api import running_api, served
from tests.support.async_tests import finish
from tests.support.event_stream import event_stream
from tests.support.manifests import as_text, ifcqueue_manifest

if TYPE_CHECKING:
    from collections.abc import Collection

    from fastapi import Request

    from tools.cluster.control_plane import ControlPlane

HOUSE = {"source": {"s3Uri": "s3://models/house.ifc"}}


class Access(OpenAccess):
    """Allows what a test says, until the token expires."""

    def __init__(self) -> None:
        self.withdrawn: set[str] = set()
        self.expires_at: datetime | None = None

    async def caller(self, _request: Request, /) -> Caller:
        return Caller("ann", expires_at=self.expires_at)

    async def allowed_namespaces(self, *arguments: Any) -> frozenset[str]:
        among: Collection[str] = arguments[-1]
        return frozenset(among) - self.withdrawn


def settings(namespace: str, **options: Any) -> ApiSettings:
    return ApiSettings(namespaces=(namespace,), source_buckets=("models",), **options)


def test_a_stream_begins_with_a_snapshot_and_continues_with_changes(namespace: str) -> None:
    async def use() -> None:
        async with running_api(namespace) as api, served(api.app) as url:
            path = f"/namespaces/{namespace}/jobs"
            await api.post(path, json=HOUSE | {"name": "house"})
            async with event_stream(url, namespace=namespace) as stream:
                assert stream.response.headers["content-type"].startswith("text/event-stream")
                snapshot = await stream.next()
                assert snapshot is not None
                assert snapshot.name == "snapshot"
                assert [job["name"] for job in snapshot.data["jobs"]] == ["house"]
                assert snapshot.data["totalJobs"] == 1
                started = time.monotonic()
                await api.set_status(namespace, "house", phase="Running")
                await stream.until("job", phase="Running")
                assert time.monotonic() - started < 1
                await api.delete(f"{path}/house")
                assert (await stream.until("deleted")).data["name"] == "house"

    finish(use())


def test_the_first_job_of_a_namespace_is_sent_at_once(namespace: str) -> None:
    async def use() -> None:
        async with running_api(namespace) as api, served(api.app) as url, event_stream(url) as stream:
            snapshot = await stream.next()
            assert snapshot is not None
            assert snapshot.data["jobs"] == []
            await api.post(f"/namespaces/{namespace}/jobs", json=HOUSE | {"name": "house"})
            snapshot = await stream.until("snapshot")
            assert [job["name"] for job in snapshot.data["jobs"]] == ["house"]
            await api.set_status(namespace, "house", phase="Running")
            await stream.until("job", phase="Running")

    finish(use())


def test_a_change_of_a_queue_is_an_event(namespace: str, api_server: ControlPlane) -> None:
    async def use() -> None:
        queue = as_text(ifcqueue_manifest())
        assert api_server.kubectl("create", "-n", namespace, "-f", "-", stdin=queue).returncode == 0
        async with running_api(namespace) as api, served(api.app) as url, event_stream(url) as stream:
            snapshot = await stream.next()
            assert snapshot is not None
            assert [queue["name"] for queue in snapshot.data["queues"]] == ["default"]
            await api.post(f"/namespaces/{namespace}/queues/default/hold")
            assert (await stream.until("queue", stopPolicy="Hold")).data["name"] == "default"

    finish(use())


def test_a_stream_resumes_after_its_last_event(namespace: str) -> None:
    async def use() -> None:
        async with running_api(namespace) as api, served(api.app) as url:
            path = f"/namespaces/{namespace}/jobs"
            async with event_stream(url, namespace=namespace) as stream:
                await stream.until("snapshot")
                await api.post(path, json=HOUSE | {"name": "a"})
                last = await stream.until("job")
            await api.post(path, json=HOUSE | {"name": "b"})
            async with event_stream(url, last.event_id, namespace=namespace) as stream:
                missed = await stream.next()
                assert missed is not None
                assert (missed.name, missed.data["name"]) == ("job", "b")
            async with event_stream(url, "another-17", namespace=namespace) as stream:
                event = await stream.next()
                assert event is not None
                assert event.name == "snapshot", "the id of another replica"

    finish(use())


def test_a_stream_of_one_job_has_no_others(namespace: str) -> None:
    async def use() -> None:
        async with running_api(namespace) as api, served(api.app) as url:
            path = f"/namespaces/{namespace}/jobs"
            for name in ("house", "tower"):
                await api.post(path, json=HOUSE | {"name": name})
            async with event_stream(url, namespace=namespace, job="house") as stream:
                snapshot = await stream.until("snapshot")
                assert [job["name"] for job in snapshot.data["jobs"]] == ["house"]
                await api.set_status(namespace, "tower", phase="Running")
                await api.until_indexed(namespace, "tower", "Running")
                await api.set_status(namespace, "house", phase="Running")
                events = [await stream.until("job")]
                while events[-1].data["phase"] != "Running":
                    events.append(await stream.until("job"))
                assert {event.data["name"] for event in events} == {"house"}

    finish(use())


def test_a_withdrawn_right_ends_an_open_stream(namespace: str) -> None:
    async def use() -> None:
        access = Access()
        options = settings(namespace, events_recheck_seconds=0.3)
        async with (
            running_api(namespace, access=access, settings=options) as api,
            served(api.app) as url,
            event_stream(url, namespace=namespace) as stream,
        ):
            await stream.until("snapshot")
            access.withdrawn.add(namespace)
            bye = await stream.until("bye")
            assert bye.data["code"] == "Forbidden"
            assert await stream.next() is None

    finish(use())


def test_a_namespace_that_is_not_allowed_is_refused(namespace: str) -> None:
    async def use() -> Any:
        access = Access()
        access.withdrawn.add("secret")
        async with running_api(namespace, access=access) as api:
            return await api.get("/events", params={"namespace": [namespace, "secret"]})

    answer = finish(use())
    assert (answer.status_code, answer.json()["code"]) == (403, "Forbidden")


def test_a_stream_ends_when_the_token_expires(namespace: str) -> None:
    async def use() -> str:
        access = Access()
        access.expires_at = datetime.now(UTC) + timedelta(seconds=1)
        async with (
            running_api(namespace, access=access) as api,
            served(api.app) as url,
            event_stream(url, namespace=namespace) as stream,
        ):
            return str((await stream.until("bye")).data["code"])

    assert finish(use()) == "TokenExpired"


def test_a_stream_without_changes_is_kept_open_by_comments(namespace: str) -> None:
    async def use() -> None:
        options = settings(namespace, events_ping_seconds=0.2)
        async with running_api(namespace, settings=options) as api, served(api.app) as url, event_stream(url) as stream:
            comments = 0
            async for line in stream.response.aiter_lines():
                comments += line.startswith(":")
                if comments == 2:
                    return

    finish(use())


def test_a_slow_client_is_ended_with_a_hint(namespace: str) -> None:
    async def use() -> None:
        async with running_api(namespace) as api, served(api.app) as url, event_stream(url) as stream:
            await stream.until("snapshot")
            ring = api.services.live.ring
            # Faster than any client: all of it between two turns of the stream.
            for number in range(ring.kept + 1):
                ring.publish("job", (namespace, f"h{number}"), b"{}")
            ring.flush()
            assert (await stream.until("bye")).data["code"] == "TooSlow"

    finish(use())
