"""What leading does with single events, without a cluster."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import select

from ifcjob.labels import GROUP
from ifcjob_catalog import Catalog
from ifcjob_catalog.schema import upgrade
from ifcjob_catalog.tables import JOB
from ifcjob_operator import controller as controller_module
from ifcjob_operator.applying.history import History
from ifcjob_operator.controller import Controller
from ifcjob_operator.observing.health import Health
from ifcjob_operator.settings.fields import Settings
from tests.catalog.records import a_record, rows
from tests.support.async_tests import finish

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from ifcjob.resource import IfcJob
    from ifcjob_operator.cluster.objects import Key
    from ifcjob_operator.storage.documents import Artifacts


class Gone:
    """A cluster in which nothing is left."""

    async def ifcjob(self, _: tuple[str, str]) -> None:
        return None

    async def ifcjobs(self, _: str | None) -> AsyncIterator[dict[str, Any]]:
        for item in ():
            yield item

    ifcqueues = jobs = ifcjobs


def controller_of(history: History | None) -> Controller:
    cluster, unused = cast("Any", Gone()), cast("Any", None)
    return Controller(Settings(), cluster, unused, unused, history, Health())


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


def test_a_deletion_that_a_reconciliation_finds_first_is_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    upgrade(url)
    catalog = Catalog.open(url)

    async def main() -> None:
        history = History(catalog, cast("Any", Gone()), no_artifacts)
        controller = controller_of(history)
        controller.handle("ifcjobs", "ADDED", an_item(7))
        (entry,) = controller.cache
        await controller._reconciler._refresh(entry)
        assert len(controller.cache) == 0
        controller.handle("ifcjobs", "DELETED", an_item(9))
        await history.flush()

    try:
        finish(main())
    finally:
        catalog.close()
    ((version, deleted_at),) = rows(url, select(JOB.c.resource_version, JOB.c.deleted_at))
    assert version == 9
    assert deleted_at is not None


def test_one_that_waits_for_its_first_status_is_written(tmp_path: Path) -> None:
    """Else a job that was in line when the cluster was lost would be lost with it."""
    url = f"sqlite:///{tmp_path}/catalog.db"
    upgrade(url)
    catalog = Catalog.open(url)

    async def main() -> None:
        listed = an_item(7)
        listed["metadata"] |= {"name": "listed", "uid": "u0"}
        history = History(catalog, cast("Any", Gone()), no_artifacts)
        controller = Controller(
            Settings(), cast("Any", Full(listed)), cast("Any", None), cast("Any", None), history, Health()
        )
        await controller._list_everything()
        controller.handle("ifcjobs", "ADDED", an_item(7))
        controller.handle("ifcjobs", "ADDED", listed)
        assert len(history) == 2
        await history.flush()

    try:
        finish(main())
    finally:
        catalog.close()
    found = rows(url, select(JOB.c.uid, JOB.c.phase, JOB.c.resource_version).order_by(JOB.c.uid))
    assert [tuple(row) for row in found] == [("u0", "Queued", 7), ("u1", "Queued", 7)]


class Full(Gone):
    """A cluster with an IfcJob in it."""

    def __init__(self, item: dict[str, Any]) -> None:
        self.item = item

    async def ifcjobs(self, _: str | None) -> AsyncIterator[dict[str, Any]]:
        yield self.item


class Obedient(Gone):
    """A cluster that takes every status, and whose watches say nothing of it."""

    def __init__(self, item: dict[str, Any]) -> None:
        self.item = item

    async def patch_status(self, _: Key, version: str, changes: dict[str, Any]) -> dict[str, Any]:
        self.item = deepcopy(self.item)
        self.item["metadata"]["resourceVersion"] = str(int(version) + 1)
        self.item.setdefault("status", {}).update(changes)
        return self.item


def test_what_has_just_finished_is_looked_at_again_when_its_time_is_over() -> None:
    item = an_item(7)
    item["spec"] |= {"cancel": True, "ttlSecondsAfterFinished": 60}
    item.pop("status", None)

    async def main() -> None:
        cluster, unused = Obedient(item), cast("Any", None)
        controller = Controller(Settings(), cast("Any", cluster), unused, unused, None, Health())
        controller.handle("ifcqueues", "ADDED", a_queue_item())
        controller.handle("ifcjobs", "ADDED", item)
        while len(controller._work):
            key = await controller._work.get()
            await controller._reconciler.reconcile(key)
            controller._work.done(key)
        assert cluster.item["status"]["phase"] == "Cancelled"
        due = controller._timers._at[key]
        assert 50 < (due - datetime.now(UTC)).total_seconds() < 61

    finish(main())


@pytest.mark.parametrize("part", ["watch", "resync"])
def test_only_a_watch_may_end_since_kopf_may_have_had_the_signal(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ended(*_: object) -> None:
        return

    async def goes_on(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(controller_module, "watch", ended if part == "watch" else goes_on)
    if part != "watch":
        monkeypatch.setattr(controller_module.Resync, "run", ended)

    async def main() -> None:
        run = controller_of(None).run(asyncio.Event(), lambda: None)
        if part == "watch":
            await run
        else:
            with pytest.raises(RuntimeError, match="resync has ended"):
                await run

    finish(main(), 10)
