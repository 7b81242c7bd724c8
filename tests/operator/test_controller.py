"""The controller with a cluster in memory: what it lists, writes, and does when a part of it ends."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from ifcjob.labels import GROUP
from ifcjob_backends.cluster.errors import ClusterUnavailable, NotFound
from ifcjob_backends.tasks import END_SECONDS
from ifcjob_catalog import Catalog
from ifcjob_catalog.schema import upgrade
from ifcjob_catalog.tables import JOB
from ifcjob_operator.applying.apply import Applier
from ifcjob_operator.applying.history import History
from ifcjob_operator.controller import Controller
from ifcjob_operator.observing.health import Health
from ifcjob_operator.observing.watching import KINDS
from ifcjob_operator.settings.fields import Settings
from tests.catalog.records import a_record, rows
from tests.support.async_tests import finish, until
from tests.support.builders import a_report, an_ifcjob, manifest_of, running
from tests.support.stubborn import Stubborn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from ifcjob.resource import IfcJob
    from ifcjob_backends.cluster.objects import Key
    from ifcjob_operator.observing.watching import Watch
    from ifcjob_operator.storage.documents import Artifacts


class Empty:
    """A cluster without any object."""

    async def ifcjob(self, _: tuple[str, str]) -> None:
        return None

    async def ifcjobs(self, _: str | None) -> AsyncIterator[dict[str, Any]]:
        items: tuple[dict[str, Any], ...] = ()
        for item in items:
            yield item

    ifcqueues = jobs = ifcjobs


async def watch_nothing(*_: object) -> None:
    await asyncio.Event().wait()


class EndedHistory:
    """A history that does not keep running."""

    async def run(self) -> None:
        return

    def check(self, _: object) -> None:
        return

    check_unfinished = check


def controller_of(cluster: Empty, history: History | None = None, watch: Watch = watch_nothing) -> Controller:
    unused = cast("Any", None)
    applier = Applier(cast("Any", cluster), unused, unused, unused)
    return Controller(Settings(), cast("Any", cluster), unused, applier, history, Health(), watch)


async def no_artifacts(_: IfcJob) -> Artifacts:
    return None, None


def an_item(version: int) -> dict[str, Any]:
    """Make an IfcJob as a watch delivers it."""
    made = a_record("u1").ifcjob.model_dump(mode="json", by_alias=True, exclude_none=True)
    made["apiVersion"] = f"{GROUP}/v1alpha1"
    made["metadata"] |= {"resourceVersion": str(version)}
    return made


def a_queue_item() -> dict[str, Any]:
    """Make the default queue as a watch delivers it."""
    metadata = {"namespace": "bim", "name": "default", "uid": "q1", "resourceVersion": "1", "generation": 1}
    return {"apiVersion": f"{GROUP}/v1alpha1", "kind": "IfcQueue", "metadata": metadata, "spec": {"slots": 1}}


@pytest.fixture(autouse=True)
def image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IFCJOB_RUNNER_IMAGE", "registry.example.com/ifcjob/runner:0.2.0")


@pytest.fixture
def catalog_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/catalog.db"
    upgrade(url)
    return url


@pytest.fixture
def catalog(catalog_url: str) -> Iterator[Catalog]:
    catalog = Catalog.open(catalog_url)
    yield catalog
    catalog.close()


def test_a_deletion_first_seen_by_a_reconciliation_is_recorded(catalog: Catalog, catalog_url: str) -> None:
    item = an_item(7)
    item["spec"]["cancel"] = True

    async def main() -> None:
        cluster, stop = Deleted(item), asyncio.Event()
        history = History(catalog, cast("Any", cluster), no_artifacts)
        controller = controller_of(cluster, history)
        running = asyncio.create_task(controller.run(stop, lambda: None))
        await until(lambda: cluster.refused and not len(controller.cache))
        controller.handle("ifcjobs", "DELETED", an_item(9))
        stop.set()
        await running

    finish(main())
    ((version, deleted_at),) = rows(catalog_url, select(JOB.c.resource_version, JOB.c.deleted_at))
    assert version == 9
    assert deleted_at is not None


def test_an_ifcjob_without_a_status_is_in_the_history(catalog: Catalog, catalog_url: str) -> None:
    """Else a job that was pending when the cluster was lost would be lost with it."""
    listed = an_item(7)
    listed["metadata"] |= {"name": "listed", "uid": "u0"}

    async def main() -> None:
        history = History(catalog, cast("Any", Empty()), no_artifacts)
        controller, stop = controller_of(Full(listed), history), asyncio.Event()
        running = asyncio.create_task(controller.run(stop, lambda: None))
        await until(lambda: controller.is_synced)
        controller.handle("ifcjobs", "ADDED", an_item(7))
        controller.handle("ifcjobs", "ADDED", listed)
        assert len(history) == 2
        stop.set()
        await running

    finish(main())
    recorded = rows(catalog_url, select(JOB.c.uid, JOB.c.phase, JOB.c.resource_version).order_by(JOB.c.uid))
    assert [tuple(row) for row in recorded] == [("u0", "Queued", 7), ("u1", "Queued", 7)]


class Full(Empty):
    """A cluster with the default queue and an IfcJob, whose watches deliver nothing."""

    def __init__(self, item: dict[str, Any]) -> None:
        self.item = item

    async def ifcjobs(self, _: str | None) -> AsyncIterator[dict[str, Any]]:
        yield self.item

    async def ifcqueues(self, _: str | None) -> AsyncIterator[dict[str, Any]]:
        yield a_queue_item()

    async def patch_status(self, *_: Any) -> dict[str, Any]:
        raise ClusterUnavailable(0, "says the test")

    async def create_event(self, *_: object) -> None:
        return

    async def patch_queue_status(self, *_: object) -> None:
        return


class Deleted(Full):
    """The IfcJob was deleted just after the list."""

    refused = False

    async def ifcjob(self, _: Key) -> None:
        return

    async def patch_status(self, *_: Any) -> dict[str, Any]:
        self.refused = True
        raise NotFound(404, "says the test")


class Obedient(Full):
    """A cluster that accepts every write."""

    def __init__(self, item: dict[str, Any]) -> None:
        super().__init__(item)
        self.deleted, self.deleted_at = asyncio.Event(), datetime.min.replace(tzinfo=UTC)

    async def patch_status(self, _: Key, version: str, changes: dict[str, Any]) -> dict[str, Any]:
        self.item = deepcopy(self.item)
        self.item["metadata"]["resourceVersion"] = str(int(version) + 1)
        self.item.setdefault("status", {}).update(changes)
        return self.item

    async def delete_ifcjob(self, *_: object) -> None:
        self.deleted_at = datetime.now(UTC)
        self.deleted.set()


def test_a_finished_ifcjob_is_deleted_after_its_ttl_without_a_watch_event() -> None:
    item = an_item(7)
    item["spec"] |= {"cancel": True, "ttlSecondsAfterFinished": 1}
    item.pop("status", None)

    async def main() -> None:
        cluster, stop = Obedient(item), asyncio.Event()
        running = asyncio.create_task(controller_of(cluster).run(stop, lambda: None))
        await asyncio.wait_for(cluster.deleted.wait(), 10)
        stop.set()
        await running
        assert cluster.item["status"]["phase"] == "Cancelled"
        finished_at = datetime.fromisoformat(cluster.item["status"]["finishedAt"])
        assert 1 <= (cluster.deleted_at - finished_at).total_seconds() < 3

    finish(main())


def test_each_watch_of_each_namespace_counts_from_the_first_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IFCJOB_NAMESPACES", "a,b")

    async def main() -> None:
        controller, stop = controller_of(Empty()), asyncio.Event()
        running = asyncio.create_task(controller.run(stop, lambda: None))
        await until(lambda: controller.is_synced)
        watches = controller._health.ages.by_watch()
        assert set(watches) == {(kind, namespace) for kind in KINDS for namespace in "ab"}
        stop.set()
        await running

    finish(main())


def test_an_attempt_has_one_report() -> None:
    """Else a report whose commit failed could be posted, and committed, again."""
    controller = controller_of(Empty())
    entry = controller.cache.take_ifcjob(manifest_of(an_ifcjob(status=running())))
    assert entry is not None
    assert controller.take(("bim", "house"), 1, a_report())
    assert entry.facts.report is not None
    entry.facts.report = None
    assert controller.take(("bim", "house"), 1, a_report()), "the runner need not post it again"
    assert entry.facts.report is None


def test_slots_in_use_are_counted_before_anything_is_reconciled() -> None:
    class Busy(Empty):
        async def ifcqueues(self, _: str | None) -> AsyncIterator[dict[str, Any]]:
            yield a_queue_item()

        async def ifcjobs(self, _: str | None) -> AsyncIterator[dict[str, Any]]:
            yield manifest_of(an_ifcjob("runs", status=running()), uid="u1")
            yield manifest_of(an_ifcjob("waits"), uid="u2")
            unreadable = manifest_of(an_ifcjob("unreadable", status=running()), uid="u3")
            yield unreadable | {"spec": {"source": "of another release"}}

    controller = controller_of(Busy())
    finish(controller._list_everything())
    status = controller.queue_status(("bim", "default"))
    assert status is not None
    assert (status.active, status.pending) == (1, 0)


def test_reconciliations_that_wait_for_nothing_leave_time_to_other_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IFCJOB_WORKERS", "2")
    reconciled: list[Key] = []

    async def reconcile(key: Key) -> None:
        reconciled.append(key)

    async def main() -> None:
        controller, stop = controller_of(Empty()), asyncio.Event()
        controller._reconciler.reconcile = reconcile  # type: ignore[method-assign]
        for number in range(1000):
            controller.wake(("bim", f"{number}"))
        running = asyncio.create_task(controller.run(stop, lambda: None))
        turns = 0
        while len(reconciled) < 1000:
            await asyncio.sleep(0)
            turns += 1
        assert turns > 400, "as the renewal of the Lease, which must not be late"
        stop.set()
        await running

    finish(main())


def test_a_shutdown_does_not_wait_for_a_part_that_ignores_its_cancellation() -> None:
    async def main() -> None:
        stubborn, stop = Stubborn(), asyncio.Event()
        controller = controller_of(Empty(), watch=stubborn.wait)
        running = asyncio.create_task(controller.run(stop, lambda: None))
        await until(lambda: controller.is_synced)
        await asyncio.sleep(0.1)
        stop.set()
        with capture_logs() as log:
            await asyncio.wait_for(running, END_SECONDS + 5)
        assert stubborn.cancellations == 1
        assert [line["tasks"] for line in log if line["event"] == "tasks do not end"] == [["watch"]]
        stubborn.released.set()

    finish(main())


@pytest.mark.parametrize("part", ["watch", "history"])
def test_the_controller_ends_when_one_of_its_parts_ends(part: str) -> None:
    async def ended(*_: object) -> None:
        return

    history = cast("Any", EndedHistory()) if part == "history" else None

    async def main() -> None:
        controller = controller_of(Empty(), history, ended if part == "watch" else watch_nothing)
        with pytest.raises(RuntimeError, match=f"{part} has ended"):
            await controller.run(asyncio.Event(), lambda: None)

    finish(main(), 10)
