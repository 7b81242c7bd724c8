"""Pages of the history, on PostgreSQL and SQLite."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from ifcjob.status import IfcJobStatus
from ifcjob_catalog import HistoryQuery
from ifcjob_catalog.connection import database_url, engine_for
from ifcjob_catalog.history import history_statement
from tests.catalog.records import FILE, SHA256, a_manifest, a_record, out_of_memory, succeeded
from tests.support.builders import ago, an_attempt

if TYPE_CHECKING:
    from datetime import datetime

    from ifcjob_catalog import Catalog


def page(catalog: Catalog, namespace: str = "bim", **query: Any) -> list[str]:
    return [row["uid"] for row in asyncio.run(catalog.history(namespace, HistoryQuery(**query)))]


@pytest.fixture
def filled(catalog: Catalog) -> Catalog:
    """Fill the catalog with one IfcJob of each kind."""
    file = FILE.model_copy(update={"uri": "s3://models/50%_tower.ifc", "sha256": "f" * 64})
    records = [
        a_record("old", status=succeeded(finished_at=ago(500))),
        a_record("tower", status=succeeded(finished_at=ago(100), input=file), spec={"queue": "night"}),
        a_record("failed", status=IfcJobStatus(phase="Failed", finished_at=ago(50))),
        a_record("running", status=IfcJobStatus(phase="Running")),
        a_record("deleted", status=IfcJobStatus(phase="Queued"), deleted_at=ago(20)),
    ]
    asyncio.run(catalog.record(records))
    return catalog


def test_finished_and_deleted_jobs_are_listed_newest_end_first(filled: Catalog) -> None:
    assert page(filled) == ["deleted", "failed", "tower", "old"]
    assert page(filled, "night") == [], "another namespace"


@pytest.mark.parametrize("after", [None, (ago(60), "failed")], ids=["first page", "next page"])
def test_pages_of_the_history_read_an_index_and_sort_nothing(url: str, after: tuple[datetime, str] | None) -> None:
    engine = engine_for(database_url(url))
    with engine.begin() as connection:
        # A handful of rows is read faster without an index.
        off = ("seqscan", "bitmapscan") if connection.dialect.name == "postgresql" else ()
        for plan in off:
            connection.exec_driver_sql(f"SET LOCAL enable_{plan} = off")
        explain = "EXPLAIN" if off else "EXPLAIN QUERY PLAN"
        plans: list[str] = []

        def explained(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
            return f"{explain} {statement}", parameters

        event.listen(connection, "before_cursor_execute", explained, retval=True)
        result = connection.execute(history_statement("bim", HistoryQuery(after=after)))
        plans = [str(row) for row in result.cursor.fetchall()]
    engine.dispose()
    assert "ix_job_end" in str(plans)
    assert "Sort" not in str(plans)
    assert "TEMP B-TREE" not in str(plans)


def test_the_history_has_filters(filled: Catalog) -> None:
    assert page(filled, phases=("Failed",)) == ["failed"]
    assert page(filled, queue="night") == ["tower"]
    assert page(filled, sha256="f" * 64) == ["tower"]
    assert page(filled, text="TOWER") == ["tower"]
    assert page(filled, text="50%_") == ["tower"], "% and _ are characters"
    assert page(filled, text="%") == ["tower"]
    assert page(filled, text="job-fail") == ["failed"]


def test_pages_have_every_job_once_also_of_the_same_second(catalog: Catalog) -> None:
    at = ago(10)
    uids = [f"u{number}" for number in range(7)]
    asyncio.run(catalog.record([a_record(uid, status=succeeded(finished_at=at)) for uid in uids]))
    collected: list[str] = []
    after = None
    while rows := asyncio.run(catalog.history("bim", HistoryQuery(limit=3, after=after))):
        collected += [row["uid"] for row in rows]
        after = rows[-1]["ended_at"], rows[-1]["uid"]
    assert sorted(collected) == uids
    assert len(collected) == 7


def test_a_job_has_all_its_attempts_and_artifacts(catalog: Catalog) -> None:
    attempts = [out_of_memory("1Gi"), an_attempt(2, finished_at=ago(10), reason="Succeeded")]
    asyncio.run(catalog.record([a_record("house", status=succeeded(attempts=attempts), manifest=a_manifest())]))
    job = asyncio.run(catalog.history_job("bim", "house"))
    assert job is not None
    assert (job["input_sha256"], job["spec"]["source"]["s3"]["bucket"]) == (SHA256, "models")
    assert [(attempt["number"], attempt["reason"]) for attempt in job["attempts"]] == [
        (1, "OutOfMemory"),
        (2, "Succeeded"),
    ]
    assert [artifact["name"] for artifact in job["artifacts"]] == ["metadata.json", "model.glb"]
    assert asyncio.run(catalog.history_job("night", "house")) is None, "another namespace"
    assert asyncio.run(catalog.history_job("bim", "other")) is None


def test_past_runs_of_a_queue_have_their_times_and_the_memory_of_the_last_attempt(filled: Catalog) -> None:
    attempts = [out_of_memory("1Gi"), an_attempt(2, finished_at=ago(5), memory_limit="2Gi", peak_memory_bytes=7)]
    status = succeeded(finished_at=ago(5), started_at=ago(30), attempts=attempts)
    asyncio.run(filled.record([a_record("retried", status=status)]))
    runs = asyncio.run(filled.past_runs("bim", "default", ago(120)))
    assert [(run.uid, run.phase) for run in runs] == [
        ("retried", "Succeeded"),
        ("deleted", "Queued"),
        ("failed", "Failed"),
    ]
    retried, deleted, _ = runs
    assert (retried.started, retried.finished) == (ago(30).timestamp(), ago(5).timestamp())
    assert (retried.memory_limit, retried.memory_peak) == (2 * 2**30, 7)
    assert (deleted.started, deleted.finished, deleted.memory_limit) == (0, ago(20).timestamp(), 0)
    assert [run.uid for run in asyncio.run(filled.past_runs("bim", "night", ago(120)))] == ["tower"]
    assert asyncio.run(filled.past_runs("night", "default", ago(120))) == []
