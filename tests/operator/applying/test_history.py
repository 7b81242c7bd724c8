"""The history on real databases: late when they are away, complete afterwards, and no work twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import select

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.labels import GROUP
from ifcjob_catalog import Catalog
from ifcjob_catalog.schema import upgrade
from ifcjob_catalog.tables import JOB
from ifcjob_operator import metrics
from ifcjob_operator.applying.history import BATCH, History, HistoryTiming
from ifcjob_operator.observing.entry import Entry
from tests.catalog.records import a_record, rows, succeeded
from tests.support.async_tests import finish, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from ifcjob.resource import IfcJob
    from ifcjob_operator.storage.documents import Artifacts
    from tests.support.postgres import Postgres

Json = dict[str, Any]


class Spied:
    """A catalog that records every write."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.written: list[list[str]] = []
        self.meanwhile: Callable[[], None] | None = None

    async def record(self, records: list[Any]) -> None:
        self.written.append([entry.ifcjob.metadata.uid for entry in records])
        await self._catalog.record(records)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()

    async def recorded(self, uids: list[str]) -> set[str]:
        return await self._catalog.recorded(uids)

    async def versions(self, uids: list[str]) -> dict[str, int]:
        return await self._catalog.versions(uids)


class Shelf:
    """The IfcJobs that are in the cluster, and how often they were read one by one."""

    def __init__(self, *items: Json) -> None:
        self.items = {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in items}
        self.read: list[str] = []

    async def ifcjob(self, key: tuple[str, str]) -> Json | None:
        self.read.append(key[1])
        return self.items.get(key)


def item(uid: str, version: int = 10, *, done: bool = True) -> Json:
    """Make an IfcJob as the API server has it."""
    record = a_record(uid, status=succeeded()) if done else a_record(uid)
    made = record.ifcjob.model_dump(mode="json", by_alias=True, exclude_none=True)
    made["apiVersion"] = f"{GROUP}/v1alpha1"
    made["metadata"] |= {"resourceVersion": str(version), "name": uid, "namespace": "bim"}
    return made


QUICK = HistoryTiming(pause=0.05, retry_artifacts=0.2)


async def no_artifacts(_: IfcJob) -> Artifacts:
    return None, None


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a catalog without rows."""
    made = f"sqlite:///{tmp_path}/catalog.db"
    if request.param == "postgresql":
        made = request.getfixturevalue("postgres").new_database()
    upgrade(made)
    return made


@pytest.fixture
def opened() -> Iterator[Callable[[str], Catalog]]:
    """Open catalogs and close them at the end."""
    catalogs: list[Catalog] = []

    def open_catalog(url: str) -> Catalog:
        catalogs.append(Catalog.open(url))
        return catalogs[-1]

    yield open_catalog
    for catalog in catalogs:
        catalog.close()


def while_writing(history: History, use: Callable[[], Awaitable[None]]) -> None:
    """Do something while the history is being written."""

    async def main() -> None:
        writing = asyncio.create_task(history.run())
        try:
            await use()
            assert not writing.done()
        finally:
            writing.cancel()

    finish(main(), 90)


def test_versions_of_one_ifcjob_become_one_row_and_one_write(url: str, opened: Callable[[str], Catalog]) -> None:
    spied = Spied(opened(url))
    history = History(cast("Catalog", spied), cast("Any", Shelf()), no_artifacts, QUICK)

    async def use() -> None:
        for version in range(1, 6):
            history.note(item("u1", version, done=False))
        history.note(item("u2", 7))
        history.note(item("u1", 6))
        history.note(item("u1", 3, done=False))
        assert len(history) == 2
        assert not history.is_recorded("u1")
        await until(lambda: history.is_recorded("u1") and history.is_recorded("u2"))

    while_writing(history, use)
    assert spied.written == [["u1", "u2"]]
    saved = rows(url, select(JOB.c.uid, JOB.c.phase, JOB.c.resource_version).order_by(JOB.c.uid))
    assert [tuple(row) for row in saved] == [("u1", "Succeeded", 6), ("u2", "Succeeded", 7)]


def test_a_version_that_arrives_during_a_write_is_written_too(url: str, opened: Callable[[str], Catalog]) -> None:
    spied = Spied(opened(url))
    history = History(cast("Catalog", spied), cast("Any", Shelf()), no_artifacts, QUICK)
    spied.meanwhile = lambda: history.note(item("u1", 2))

    async def use() -> None:
        history.note(item("u1", 1, done=False))
        await until(lambda: history.is_recorded("u1"))

    while_writing(history, use)
    assert spied.written == [["u1"], ["u1"]]
    assert [row[0] for row in rows(url, select(JOB.c.resource_version))] == [2]


def test_an_unfinished_ifcjob_is_written_but_not_recorded(url: str, opened: Callable[[str], Catalog]) -> None:
    history = History(opened(url), cast("Any", Shelf()), no_artifacts, QUICK)

    async def use() -> None:
        history.note(item("u1", 1, done=False))
        await until(lambda: len(history) == 0)
        assert not history.is_recorded("u1")
        history.note(item("u1", 2))
        await until(lambda: history.is_recorded("u1"))
        history.note(item("u1", 3))
        assert not history.is_recorded("u1"), "the newest version is not"
        await until(lambda: history.is_recorded("u1"))

    while_writing(history, use)


def test_a_restart_reads_and_writes_only_missing_history(url: str, opened: Callable[[str], Catalog]) -> None:
    catalog = opened(url)
    finish(catalog.record([a_record(f"u{n}", status=succeeded()) for n in range(20)]))
    spied, shelf = Spied(catalog), Shelf(item("missing"), item("reborn"))
    history = History(cast("Catalog", spied), cast("Any", shelf), no_artifacts, QUICK)

    async def use() -> None:
        history.check((f"u{n}", ("bim", f"u{n}")) for n in range(20))
        history.check(
            [("missing", ("bim", "missing")), ("gone", ("bim", "gone")), ("its-former-uid", ("bim", "reborn"))]
        )
        await until(lambda: len(history) == 0)

    while_writing(history, use)
    assert sorted(shelf.read) == ["gone", "missing", "reborn"]
    assert spied.written == [["missing"]]
    assert all(history.is_recorded(uid) for uid in ("u0", "u19", "missing"))
    assert not history.is_recorded("gone")


def test_a_restart_writes_unfinished_ifcjobs_that_are_missing_or_changed(
    url: str, opened: Callable[[str], Catalog]
) -> None:
    catalog = opened(url)
    finish(catalog.record([a_record(uid, 5) for uid in ("same", "changed", "later-still")]))
    spied = Spied(catalog)
    history = History(cast("Catalog", spied), cast("Any", Shelf()), no_artifacts, QUICK)

    async def use() -> None:
        listed = {"same": 5, "changed": 6, "new": 7, "later-still": 8, "finishes": 9}
        history.check_unfinished(Entry.of(item(uid, version, done=False)) for uid, version in listed.items())
        assert len(history) == 5
        history.note(item("finishes", 10))
        history.note(item("later-still", 11, done=False))
        await until(lambda: history.is_recorded("finishes") and len(history) == 0)

    while_writing(history, use)
    assert [sorted(uids) for uids in spied.written] == [["changed", "finishes", "later-still", "new"]]
    saved = rows(url, select(JOB.c.uid, JOB.c.resource_version).order_by(JOB.c.uid))
    assert dict(tuple(row) for row in saved) == {"same": 5, "changed": 6, "new": 7, "later-still": 11, "finishes": 10}


def test_few_of_many_unfinished_ifcjobs_are_json_at_once(url: str, opened: Callable[[str], Catalog]) -> None:
    made: list[str] = []

    class Listed(Entry):
        @property
        def item(self) -> Json:
            made.append(self.uid)
            return super().item

    spied = Spied(opened(url))
    spied.meanwhile = lambda: at_first_write.append(len(made))
    at_first_write: list[int] = []
    history = History(cast("Catalog", spied), cast("Any", Shelf()), no_artifacts, QUICK)
    history.check_unfinished(Listed.of(item(f"u{n}", done=False)) for n in range(BATCH + 100))
    finish(history.flush())
    assert at_first_write == [BATCH]
    assert [len(uids) for uids in spied.written] == [BATCH, 100]


def test_the_history_keeps_unknown_fields_of_a_spec(url: str, opened: Callable[[str], Catalog]) -> None:
    history = History(opened(url), cast("Any", Shelf()), no_artifacts, QUICK)
    spec = {"source": {"s3": {"bucket": "models", "key": "house.ifc"}}, "resources": {"cpu": 4}, "ofANewerRelease": [1]}
    history.note(item("u1") | {"spec": spec})
    finish(history.flush())
    assert [row[0] for row in rows(url, select(JOB.c.spec))] == [spec]


def test_a_deletion_adds_its_time_to_the_history_row(url: str, opened: Callable[[str], Catalog]) -> None:
    history = History(opened(url), cast("Any", Shelf()), no_artifacts, QUICK)

    async def use() -> None:
        history.note(item("u1", 5))
        await until(lambda: history.is_recorded("u1"))
        part = item("u1", 0)
        part["status"] = {"phase": "Succeeded"}
        history.note_deleted(part)
        await until(lambda: len(history) == 0)
        assert not history.is_recorded("u1"), "nobody asks for it any more"
        history.note(item("u2", 5))
        history.note_deleted({**part, "metadata": {**part["metadata"], "uid": "u2"}})
        await until(lambda: len(history) == 0)

    while_writing(history, use)
    saved = rows(url, select(JOB.c.uid, JOB.c.resource_version, JOB.c.result_manifest, JOB.c.deleted_at))
    assert {row[0] for row in saved} == {"u1", "u2"}
    for _, version, manifest, deleted_at in saved:
        assert version == 5
        assert manifest is not None
        assert deleted_at is not None


def failures() -> float:
    """Return how often history could not be written."""
    return metrics.REGISTRY.get_sample_value("ifcjob_history_failures_total") or 0.0


def test_an_unavailable_database_delays_history_and_loses_nothing(
    postgres: Postgres, opened: Callable[[str], Catalog]
) -> None:
    url = postgres.new_database()
    upgrade(url)
    history = History(opened(url), cast("Any", Shelf()), no_artifacts, QUICK)
    before = failures()

    async def use() -> None:
        history.note(item("before"))
        await until(lambda: history.is_recorded("before"))
        await asyncio.to_thread(postgres.stop)
        for n in range(50):
            history.note(item(f"while-{n}"))
        await until(lambda: failures() > before)
        assert len(history) == 50
        await asyncio.to_thread(postgres.start)
        await until(lambda: len(history) == 0, 30)
        assert all(history.is_recorded(f"while-{n}") for n in range(50))

    while_writing(history, use)
    assert len(rows(url, select(JOB.c.uid))) == 51


def test_a_catalog_without_its_schema_is_written_after_its_upgrade(
    tmp_path: Path, opened: Callable[[str], Catalog]
) -> None:
    url = f"sqlite:///{tmp_path}/empty.db"
    history = History(opened(url), cast("Any", Shelf()), no_artifacts, QUICK)

    async def use() -> None:
        history.note(item("u1"))
        await asyncio.sleep(0.3)
        assert len(history) == 1
        await asyncio.to_thread(upgrade, url)
        await until(lambda: history.is_recorded("u1"), 20)

    while_writing(history, use)


def test_an_unavailable_store_delays_the_artifacts_and_not_the_row(
    tmp_path: Path, opened: Callable[[str], Catalog]
) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    upgrade(url)
    failures = [FailureReason.STORAGE_UNAVAILABLE, FailureReason.STORAGE_UNAVAILABLE]
    requested = []

    async def artifacts(ifcjob: IfcJob) -> Artifacts:
        requested.append(ifcjob.metadata.uid)
        if failures:
            raise RunFailure(failures.pop(), "says the test")
        return None, None

    history = History(opened(url), cast("Any", Shelf()), artifacts, QUICK)

    async def use() -> None:
        history.note(item("u1"))
        await until(lambda: len(requested) == 1)
        await asyncio.sleep(0.1)
        assert not history.is_recorded("u1"), "it must not be deleted before its artifacts are read"
        assert [row[0] for row in rows(url, select(JOB.c.phase))] == ["Succeeded"]
        await until(lambda: history.is_recorded("u1"))
        assert requested == ["u1"] * 3

    while_writing(history, use)
