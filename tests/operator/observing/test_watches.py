"""Watches and what follows from them on a real API server: events in, queue states out."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.ifcqueue import IfcQueue
from ifcjob_backends.cluster.errors import ClusterUnavailable
from ifcjob_operator import metrics
from ifcjob_operator.cluster.kubernetes_cluster import KubernetesCluster
from ifcjob_operator.cluster.shard import Shard
from ifcjob_operator.observing.listing import listed
from ifcjob_operator.observing.watches import watch
from ifcjob_operator.observing.watching import KINDS, WatchAges
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.queueing.slot_demand import SlotDemand
from ifcjob_operator.queueing.status_writer import QueueStatusWriter
from tests.support.async_tests import finish, until
from tests.support.builders import GIB, an_ifcjob
from tests.support.fake_cluster import IFCJOBS, JOBS, QUEUES, FakeCluster
from tests.support.manifests import ifcjob_manifest, ifcqueue_manifest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ifcjob_operator.cluster.api import Cluster
    from tools.cluster.control_plane import ControlPlane


class Watched:
    """A watch of some namespaces, and what it told."""

    def __init__(self, cluster: KubernetesCluster, namespaces: list[str]) -> None:
        self.events: list[tuple[str, str, str]] = []
        self.ages, self.stop, self.signalled = WatchAges(), asyncio.Event(), asyncio.Event()
        self.took_signals = False
        self.task = asyncio.create_task(
            watch(cluster, namespaces, self.ages, self._handle, self.stop, self._take_signals)
        )

    def _take_signals(self) -> None:
        self.took_signals = True
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.signalled.set)

    def _handle(self, kind: str, event: str, item: dict[str, Any]) -> None:
        self.events.append((kind, event, f"{item['metadata']['namespace']}/{item['metadata']['name']}"))
        if item["metadata"]["name"] == "poison":
            raise ValueError("says the test")

    async def tells(self, kind: str, event: str, name: str) -> None:
        """Wait until it does, at most once."""
        await until(lambda: (kind, event, name) in self.events, 15)
        assert self.events.count((kind, event, name)) == 1


def a_job(name: str, labels: dict[str, str]) -> dict[str, Any]:
    pod = {"restartPolicy": "Never", "containers": [{"name": "runner", "image": "none"}]}
    return {"metadata": {"name": name, "labels": labels}, "spec": {"template": {"spec": pod}}}


async def nothing(_: Cluster) -> None:
    return


def watching(
    namespaces: list[str],
    use: Callable[[Watched], Awaitable[None]],
    before: Callable[[KubernetesCluster], Awaitable[None]] = nothing,
) -> None:
    async def main() -> None:
        async with KubernetesCluster() as cluster:
            await before(cluster)
            watched = Watched(cluster, namespaces)
            try:
                await use(watched)
            finally:
                watched.stop.set()
                await asyncio.wait_for(watched.task, 15)

    finish(main())


@pytest.fixture
def fake(api_server: ControlPlane, namespace: str) -> FakeCluster:
    return FakeCluster(api_server, namespace)


def test_existing_new_and_deleted_objects_are_delivered(fake: FakeCluster) -> None:
    space = fake.namespace
    fake.ask("POST", IFCJOBS, ifcjob_manifest("before"))

    async def use(watched: Watched) -> None:
        await watched.tells("ifcjobs", "ADDED", f"{space}/before")
        assert watched.took_signals
        await until(lambda: set(watched.ages.ages()) == set(KINDS))
        assert max(watched.ages.ages().values()) < 10
        fake.ask("POST", IFCJOBS, ifcjob_manifest("after"))
        fake.ask("POST", QUEUES, ifcqueue_manifest("night"))
        fake.ask("POST", JOBS, a_job("somebody-s", {"app": "other"}))
        fake.ask("POST", JOBS, a_job("ours", {"ifcjob.io/ifcjob": "after"}))
        await watched.tells("ifcjobs", "ADDED", f"{space}/after")
        await watched.tells("ifcqueues", "ADDED", f"{space}/night")
        await watched.tells("jobs", "ADDED", f"{space}/ours")
        fake.change("after", priority=3)
        await watched.tells("ifcjobs", "MODIFIED", f"{space}/after")
        for path in (f"{IFCJOBS}/after", f"{QUEUES}/night"):
            fake.ask("DELETE", path)
        await watched.tells("ifcjobs", "DELETED", f"{space}/after")
        await watched.tells("ifcqueues", "DELETED", f"{space}/night")
        assert not [event for event in watched.events if event[2].endswith("/somebody-s")]

    watching([space], use)
    item = fake.ask("GET", f"{IFCJOBS}/before")
    assert "annotations" not in item["metadata"], "kopf writes nothing"
    assert "finalizers" not in item["metadata"]


def test_a_watch_continues_from_the_list_before_it(fake: FakeCluster) -> None:
    space = fake.namespace
    for name in ("listed", "deleted"):
        fake.ask("POST", IFCJOBS, ifcjob_manifest(name))

    async def list_all(cluster: KubernetesCluster) -> None:
        names = [item["metadata"]["name"] async for _, item in listed(cluster, [space], Shard())]
        assert names == ["deleted", "listed"]
        fake.ask("DELETE", f"{IFCJOBS}/deleted")
        fake.ask("POST", IFCJOBS, ifcjob_manifest("meanwhile"))

    async def use(watched: Watched) -> None:
        await watched.tells("ifcjobs", "DELETED", f"{space}/deleted")
        await watched.tells("ifcjobs", "ADDED", f"{space}/meanwhile")
        fake.ask("POST", QUEUES, ifcqueue_manifest("night"))
        await watched.tells("ifcqueues", "ADDED", f"{space}/night")
        assert len(watched.events) == 3, "nothing that was listed is delivered again"

    watching([space], use, list_all)


def test_a_list_too_old_for_a_watch_is_repeated(fake: FakeCluster) -> None:
    space = fake.namespace
    fake.ask("POST", IFCJOBS, ifcjob_manifest("listed"))

    async def list_long_ago(cluster: KubernetesCluster) -> None:
        async for _ in listed(cluster, [space], Shard()):
            pass
        cluster.list_versions = dict.fromkeys(cluster.list_versions, "1")

    async def use(watched: Watched) -> None:
        await watched.tells("ifcjobs", "ADDED", f"{space}/listed")

    watching([space], use, list_long_ago)


def test_only_the_configured_namespaces_are_watched(fake: FakeCluster, api_server: ControlPlane) -> None:
    other = f"{fake.namespace}-other"
    assert api_server.kubectl("create", "namespace", other).returncode == 0
    elsewhere = FakeCluster(api_server, other)

    async def use(watched: Watched) -> None:
        elsewhere.ask("POST", IFCJOBS, ifcjob_manifest("there"))
        fake.ask("POST", IFCJOBS, ifcjob_manifest("here"))
        await watched.tells("ifcjobs", "ADDED", f"{fake.namespace}/here")
        assert {event[2].partition("/")[0] for event in watched.events} == {fake.namespace}

    async def use_all(watched: Watched) -> None:
        for place in (f"{fake.namespace}/here", f"{other}/there"):
            await watched.tells("ifcjobs", "ADDED", place)

    watching([fake.namespace], use)
    watching([], use_all)


def test_sigterm_reaches_the_operator_and_not_kopf(fake: FakeCluster) -> None:
    async def use(watched: Watched) -> None:
        await until(lambda: watched.took_signals)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(watched.signalled.wait(), 5)
        fake.ask("POST", IFCJOBS, ifcjob_manifest("after"))
        await watched.tells("ifcjobs", "ADDED", f"{fake.namespace}/after")

    watching([fake.namespace], use)


def test_an_invalid_event_is_handled_once_and_stops_no_watch(fake: FakeCluster) -> None:
    async def use(watched: Watched) -> None:
        fake.ask("POST", IFCJOBS, ifcjob_manifest("poison"))
        await watched.tells("ifcjobs", "ADDED", f"{fake.namespace}/poison")
        fake.ask("POST", IFCJOBS, ifcjob_manifest("next"))
        await watched.tells("ifcjobs", "ADDED", f"{fake.namespace}/next")
        fake.change("poison", priority=1)
        await watched.tells("ifcjobs", "MODIFIED", f"{fake.namespace}/poison")
        await asyncio.sleep(0.5)
        assert watched.events.count(("ifcjobs", "MODIFIED", f"{fake.namespace}/poison")) == 1

    watching([fake.namespace], use)


def test_queue_status_is_written_on_change_and_forgotten_with_its_queue(fake: FakeCluster) -> None:
    requests: list[str] = []
    key = (fake.namespace, "night")

    def gauge(name: str = "pending") -> float | None:
        labels = {"namespace": key[0], "queue": key[1]}
        return metrics.REGISTRY.get_sample_value(f"ifcjob_queue_{name}", labels)

    async def main() -> None:
        def note(verb: str, resource: str, _: int) -> None:
            requests.append(f"{verb} {resource}")

        async with KubernetesCluster(on_request=note) as cluster:
            queues = Queues(timedelta(minutes=10))
            states = QueueStatusWriter(queues, cluster)
            queues.put_queue(IfcQueue.model_validate(fake.ask("POST", QUEUES, ifcqueue_manifest("night", slots=2))))
            await states.write()
            queues.put_queue(IfcQueue.model_validate(fake.ask("GET", f"{QUEUES}/night")))
            await states.write()
            assert requests == ["PATCH ifcqueues/status"]
            job = an_ifcjob("house", queue="night")
            metadata = job.metadata.model_copy(update={"namespace": key[0]})
            queues.put(job.model_copy(update={"metadata": metadata}), SlotDemand.PENDING, GIB)
            await states.write()
            await states.write()
            assert requests == ["PATCH ifcqueues/status"] * 2
            status = fake.ask("GET", f"{QUEUES}/night")["status"]
            assert (status["pending"], status["demand"], status["slots"]) == (1, 1, 2)
            assert status["oldestPendingAt"].startswith("2026-03-01T11:50:00")
            assert (gauge(), gauge("admitting")) == (1, 1)
            held = fake.ask("PATCH", f"{QUEUES}/night", {"spec": {"stopPolicy": "Hold"}})
            queues.put_queue(IfcQueue.model_validate(held))
            await states.write()
            assert (gauge(), gauge("admitting")) == (1, 0)

            fake.ask("DELETE", f"{QUEUES}/night")
            queues.remove((key[0], "house"))
            await states.write()
            await states.write()
            assert not queues.exists(key), "nobody need tell of a queue that is gone"
            assert gauge() is None

    finish(main())


def test_a_failed_write_of_a_queue_status_is_retried(fake: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with KubernetesCluster() as cluster:
            queues = Queues(timedelta(minutes=10))
            states = QueueStatusWriter(queues, cluster)
            queues.put_queue(IfcQueue.model_validate(fake.ask("POST", QUEUES, ifcqueue_manifest("night"))))

            async def away(*_: Any) -> None:
                raise ClusterUnavailable(0, "says the test")

            with monkeypatch.context() as patch:
                patch.setattr(cluster, "patch_queue_status", away)
                await states.write()
            await states.write()
            assert fake.ask("GET", f"{QUEUES}/night")["status"]["slots"] == 10

    finish(main())
