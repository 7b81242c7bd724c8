"""A resync against a real API server: it finds what watches have missed, and nothing else."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.ifcqueue import IfcQueue
from ifcjob.labels import ATTEMPT_LABEL, IFCJOB_LABEL
from ifcjob_operator.cluster.kubernetes_cluster import KubernetesCluster
from ifcjob_operator.observing.cache import Cache
from ifcjob_operator.observing.health import MISSES_IN_A_ROW, WATCH_SECONDS, Health
from ifcjob_operator.observing.resync import Resync
from ifcjob_operator.observing.watching import WatchAges
from ifcjob_operator.queueing.queues import Queues
from tests.support.async_tests import finish
from tests.support.builders import NOW
from tests.support.manifests import as_text, ifcjob_manifest, ifcqueue_manifest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ifcjob_operator.cluster.api import Cluster
    from tools.cluster.control_plane import ControlPlane


class Operator:
    """An operator's cache and its resync."""

    def __init__(self, cluster: Cluster, namespace: str, in_flight_seconds: float) -> None:
        self.cluster, self.namespace = cluster, namespace
        self.cache, self.queues, self.health = Cache(), Queues(timedelta(minutes=10)), Health()
        self.events: list[tuple[str, str, str]] = []
        self.items: list[dict[str, Any]] = []
        self.is_of_another_release = False
        self.resync = Resync(
            self.cache, self.queues, cluster, [namespace], self.handle, self.health, in_flight_seconds=in_flight_seconds
        )

    def handle(self, kind: str, event: str, item: dict[str, Any]) -> None:
        self.events.append((kind, event, item["metadata"]["name"]))
        self.items.append(item)
        if self.is_of_another_release:  # it cannot read what it gets
            return
        deleted = event == "DELETED"
        if kind == "ifcqueues":
            key = (item["metadata"]["namespace"], item["metadata"]["name"])
            if deleted:
                self.queues.remove_queue(key)
            else:
                self.queues.put_queue(IfcQueue.model_validate(item))
        elif kind == "jobs":
            self.cache.drop_job(item) if deleted else self.cache.take_job(item)
        else:
            self.cache.drop_ifcjob(item) if deleted else self.cache.take_ifcjob(item)

    async def resync_once(self) -> int:
        self.events.clear()
        self.items.clear()
        return await self.resync.once()


class Bench:
    """An API server with a namespace, and an operator that watches nothing."""

    def __init__(self, plane: ControlPlane, namespace: str) -> None:
        self.plane, self.namespace = plane, namespace
        self.in_flight_seconds = 0.0

    def create(self, manifest: dict[str, Any]) -> dict[str, Any]:
        made = self.plane.kubectl("-n", self.namespace, "create", "-f", "-", "-o", "json", stdin=as_text(manifest))
        assert made.returncode == 0, made.stderr
        return json.loads(made.stdout)

    def kubectl(self, *words: str) -> None:
        done = self.plane.kubectl("-n", self.namespace, *words)
        assert done.returncode == 0, done.stderr

    def job_of(self, ifcjob: dict[str, Any], number: int = 1) -> dict[str, Any]:
        name = ifcjob["metadata"]["name"]
        owner = {"apiVersion": ifcjob["apiVersion"], "kind": "IfcJob", "name": name, "uid": ifcjob["metadata"]["uid"]}
        pod = {"restartPolicy": "Never", "containers": [{"name": "runner", "image": "none"}]}
        labels = {IFCJOB_LABEL: name, ATTEMPT_LABEL: str(number)}
        owners = [owner | {"controller": True}]
        metadata = {"name": f"{name}-{number}", "labels": labels, "ownerReferences": owners}
        return self.create(
            {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"template": {"spec": pod}}}
        )

    def run(self, scenario: Callable[[Operator], Awaitable[None]]) -> None:
        async def main() -> None:
            async with KubernetesCluster() as cluster:
                await scenario(Operator(cluster, self.namespace, self.in_flight_seconds))

        finish(main())


@pytest.fixture
def bench(api_server: ControlPlane, namespace: str) -> Bench:
    return Bench(api_server, namespace)


def test_missed_objects_changes_and_deletions_are_handled_once(bench: Bench) -> None:
    async def scenario(operator: Operator) -> None:
        house = bench.create(ifcjob_manifest("house"))
        bench.create(ifcqueue_manifest("night"))
        bench.job_of(house)
        assert await operator.resync_once() == 3
        assert operator.events == [
            ("ifcqueues", "MODIFIED", "night"),
            ("ifcjobs", "MODIFIED", "house"),
            ("jobs", "MODIFIED", "house-1"),
        ]
        assert await operator.resync_once() == 0
        assert operator.events == []

        bench.kubectl("patch", "ifcjob", "house", "--type=merge", "-p", '{"spec":{"priority":5}}')
        bench.kubectl("patch", "ifcqueue", "night", "--type=merge", "-p", '{"spec":{"slots":3}}')
        bench.kubectl("annotate", "job", "house-1", "touched=yes")
        assert await operator.resync_once() == 3
        entry = operator.cache.get((bench.namespace, "house"))
        assert entry is not None
        assert entry.ifcjob.spec.priority == 5
        assert operator.queues.status_of((bench.namespace, "night"), NOW).slots == 3
        assert await operator.resync_once() == 0

        bench.kubectl("delete", "job", "house-1", "--cascade=background", "--wait=false")
        assert await operator.resync_once() == 1
        assert operator.events == [("jobs", "DELETED", "house-1")]
        assert entry.jobs == {}
        bench.kubectl("delete", "ifcjob", "house")
        bench.kubectl("delete", "ifcqueue", "night")
        assert await operator.resync_once() == 2
        assert len(operator.cache) == 0
        assert operator.queues.names() == []
        assert await operator.resync_once() == 0

    bench.run(scenario)


def test_events_in_flight_are_not_misses(bench: Bench) -> None:
    bench.in_flight_seconds = 0.2

    async def scenario(operator: Operator) -> None:
        house, gone = bench.create(ifcjob_manifest("house")), bench.create(ifcjob_manifest("gone"))
        operator.cache.take_ifcjob(gone)
        bench.kubectl("delete", "ifcjob", "gone")
        resync = asyncio.create_task(operator.resync_once())
        await asyncio.sleep(0.1)
        operator.cache.take_ifcjob(house)
        operator.cache.drop_ifcjob(gone)
        assert await resync == 0
        assert operator.events == []

    bench.run(scenario)


def test_an_object_deleted_after_the_list_does_not_come_back(bench: Bench) -> None:
    bench.in_flight_seconds = 0.2

    async def scenario(operator: Operator) -> None:
        house = bench.create(ifcjob_manifest("house"))
        resync = asyncio.create_task(operator.resync_once())
        await asyncio.sleep(0.1)
        operator.cache.take_ifcjob(house)
        operator.cache.drop_ifcjob(house)
        assert await resync == 0
        assert operator.events == []
        assert operator.cache.get((bench.namespace, "house")) is None

    bench.run(scenario)


def test_an_unreadable_object_is_logged_and_not_a_miss(bench: Bench) -> None:
    """Otherwise an object of another release would restart the process endlessly."""

    async def scenario(operator: Operator) -> None:
        bench.create(ifcqueue_manifest("strange"))
        operator.is_of_another_release = True
        assert await operator.resync_once() == 0
        assert operator.events == [("ifcqueues", "MODIFIED", "strange")]

    bench.run(scenario)


def test_resync_ignores_jobs_of_finished_and_unknown_ifcjobs(bench: Bench) -> None:
    async def scenario(operator: Operator) -> None:
        house = bench.create(ifcjob_manifest("house"))
        bench.job_of(house)
        bench.kubectl("patch", "ifcjob", "house", "--subresource=status", "--type=merge", "-p", FINISHED)
        bench.job_of({"apiVersion": "ifcjob.io/v1alpha1", "metadata": {"name": "stranger", "uid": "none"}})
        assert await operator.resync_once() == 1
        assert await operator.resync_once() == 0

    bench.run(scenario)


def test_a_missed_deletion_does_not_replace_the_newest_version(bench: Bench) -> None:
    """Only a part of it is remembered, which must not replace what the history has."""

    async def scenario(operator: Operator) -> None:
        bench.create(ifcjob_manifest("house"))
        bench.kubectl("patch", "ifcjob", "house", "--subresource=status", "--type=merge", "-p", FINISHED)
        await operator.resync_once()
        bench.kubectl("delete", "ifcjob", "house")
        assert await operator.resync_once() == 1
        assert [item["metadata"]["resourceVersion"] for item in operator.items] == ["0"]

    bench.run(scenario)


FINISHED = json.dumps({"status": {"phase": "Failed", "finishedAt": "2026-03-01T12:00:00Z"}})


def test_health_lists_its_problems() -> None:
    health = Health()
    assert health.problems() == {}
    health.lag = 11.0
    assert health.problems() == {"eventLoop": "a timer fired 11 s late"}
    health.lag = 0.0
    health.note_synced()
    assert health.problems() == {}, "the watches have only just begun"
    health.resyncs_with_misses = MISSES_IN_A_ROW - 1
    assert health.problems() == {}
    health.resyncs_with_misses += 1
    assert health.problems() == {"resync": "2 consecutive resyncs found changes that watches had missed"}


def test_a_quiet_watch_is_a_problem_and_one_with_bookmarks_is_not() -> None:
    now = 1000.0
    health = Health(WatchAges(lambda: now))
    health.note_synced(["a", "b"])
    path = "/apis/ifcjob.io/v1alpha1/{}ifcjobs"
    health.ages.note(path.format("namespaces/a/"))
    now += WATCH_SECONDS + 1
    health.ages.note(path.format("namespaces/b/"))
    for namespace in "ab":
        health.ages.note(f"/apis/ifcjob.io/v1alpha1/namespaces/{namespace}/ifcqueues")
        health.ages.note(f"/apis/batch/v1/namespaces/{namespace}/jobs")
    health.ages.note("/api/v1/namespaces/a/pods")
    assert set(health.ages.ages()) == {"ifcjobs", "ifcqueues", "jobs"}
    assert health.ages.ages()["ifcjobs"] == WATCH_SECONDS + 1
    assert health.problems() == {"watch/a/ifcjobs": "no event or bookmark for 181 s"}
    health.ages.note(path.format("namespaces/a/"))
    assert health.problems() == {}


def test_a_watch_that_never_received_an_event_is_named() -> None:
    now = 1000.0
    health = Health(WatchAges(lambda: now))
    health.note_synced()
    now += WATCH_SECONDS + 1
    assert set(health.problems()) == {"watch/ifcjobs", "watch/ifcqueues", "watch/jobs"}


def test_the_watch_of_one_namespace_does_not_hide_that_of_another() -> None:
    now = 1000.0
    health = Health(WatchAges(lambda: now))
    health.note_synced(["a", "b"])
    now += WATCH_SECONDS + 1
    for path in ("ifcjob.io/v1alpha1/namespaces/{}/ifcjobs", "ifcjob.io/v1alpha1/namespaces/{}/ifcqueues"):
        health.ages.note("/apis/" + path.format("a"))
        health.ages.note("/apis/" + path.format("b"))
    health.ages.note("/apis/batch/v1/namespaces/a/jobs")
    assert health.problems() == {"watch/b/jobs": "no event or bookmark for 181 s"}
    assert health.ages.ages() == {"ifcjobs": 0, "ifcqueues": 0, "jobs": WATCH_SECONDS + 1}


def test_a_busy_event_loop_is_noticed() -> None:
    async def main() -> float:
        health = Health()
        measuring = asyncio.create_task(health.run())
        await asyncio.sleep(0.01)
        time.sleep(1.6)  # noqa: ASYNC251 - that is the point
        await asyncio.sleep(0.01)
        measuring.cancel()
        return health.lag

    assert 0.5 < finish(main()) < 5
