"""Pages of the history, on PostgreSQL and SQLite."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.status import IfcJobStatus
from ifcjob_catalog import HistoryQuery
from tests.catalog.records import FILE, SHA256, a_manifest, a_record, out_of_memory, succeeded
from tests.support.builders import ago, an_attempt

if TYPE_CHECKING:
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
