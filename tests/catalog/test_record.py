"""Writes to the catalog: idempotent, in any order, and safe with concurrent writers."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from ifcjob.failures import FailureReason
from ifcjob.resource import IfcJobSpec
from ifcjob.status import IfcJobStatus
from ifcjob_catalog import Catalog, RecordsRefused
from ifcjob_catalog.tables import ARTIFACT, ATTEMPT, JOB, MODEL
from ifcjob_operator.planning.outcome import failure_of
from tests.catalog.records import FILE, SHA256, a_manifest, a_record, rows, succeeded
from tests.support.builders import NOW, ago, an_attempt, later

if TYPE_CHECKING:
    from sqlalchemy import Table

    from ifcjob_catalog import JobRecord


def everything(url: str) -> dict[str, Any]:
    def of(table: Table) -> list[dict[str, Any]]:
        return [row._asdict() for row in rows(url, select(table).order_by(*table.primary_key))]

    return {table.name: of(table) for table in (JOB, ATTEMPT, MODEL, ARTIFACT)}


def job(url: str, uid: str = "u-1") -> Any:
    return rows(url, select(JOB).where(JOB.c.uid == uid))[0]


def write(catalog: Catalog, *records: Any) -> None:
    asyncio.run(catalog.record(records))


def test_finished_job_is_in_every_table(catalog: Catalog, url: str) -> None:
    metadata = {"units": {"lengthScale": 0.001}}
    write(catalog, a_record(status=succeeded(), manifest=a_manifest(), metadata=metadata))
    tables = everything(url)
    [row], [attempt], [model] = tables["job"], tables["attempt"], tables["model"]
    assert (row["namespace"], row["name"], row["phase"], row["input_sha256"]) == ("bim", "job-u-1", "Succeeded", SHA256)
    assert row["finished_at"] == ago(10)
    assert (attempt["number"], attempt["memory_limit_bytes"]) == (1, 2**30)
    assert (model["sha256"], model["bytes"], model["metadata"]) == (SHA256, 1_000_000, metadata)
    assert [artifact["uri"] for artifact in tables["artifact"]] == [
        "s3://artifacts/house/0d9f5a3e-1/metadata.json",
        "s3://artifacts/house/0d9f5a3e-1/model.glb",
    ]


def test_repeated_write_changes_nothing(catalog: Catalog, url: str) -> None:
    record = a_record(status=succeeded(), manifest=a_manifest(), deleted_at=NOW)
    write(catalog, record)
    once = everything(url)
    write(catalog, record)
    write(catalog, record, record)
    assert everything(url) == once


@pytest.mark.parametrize("at_once", [True, False])
def test_older_version_never_overwrites_a_newer_one(catalog: Catalog, url: str, *, at_once: bool) -> None:
    newer = a_record(version=10, status=succeeded())
    older = a_record(version=9, status=IfcJobStatus(phase="Running", attempts=[an_attempt(1)]))
    if at_once:
        write(catalog, newer, older)
    else:
        write(catalog, newer)
        write(catalog, older)
    assert (job(url).phase, job(url).resource_version) == ("Succeeded", 10)
    assert rows(url, select(ATTEMPT.c.reason))[0].reason == "Succeeded"


def test_versions_compare_as_numbers(catalog: Catalog, url: str) -> None:
    write(catalog, a_record(version=9))
    write(catalog, a_record(version=10, status=succeeded()))
    assert job(url).phase == "Succeeded"


def test_deletion_time_is_set_once(catalog: Catalog, url: str) -> None:
    write(catalog, a_record(version=5, status=succeeded()))
    write(catalog, a_record(version=4, deleted_at=NOW))
    write(catalog, a_record(version=6, status=succeeded(), deleted_at=later(60)))
    write(catalog, a_record(version=7, status=succeeded()))
    assert (job(url).deleted_at, job(url).resource_version) == (NOW, 7)


def test_attempts_dropped_from_the_status_remain(catalog: Catalog, url: str) -> None:
    write(catalog, a_record(version=1, status=IfcJobStatus(attempts=[an_attempt(1), an_attempt(2)])))
    write(catalog, a_record(version=2, status=IfcJobStatus(attempts=[an_attempt(2), an_attempt(3)])))
    assert [row.number for row in rows(url, select(ATTEMPT).order_by(ATTEMPT.c.number))] == [1, 2, 3]


def test_data_known_only_from_the_manifest_remains(catalog: Catalog, url: str) -> None:
    status = succeeded(input=FILE.model_copy(update={"sha256": None}))
    write(catalog, a_record(version=1, status=status, manifest=a_manifest()))
    write(catalog, a_record(version=2, status=status))
    assert job(url).input_sha256 == SHA256
    assert len(rows(url, select(ARTIFACT))) == 2


def test_model_is_recorded_once_a_run_has_read_it(catalog: Catalog, url: str) -> None:
    write(catalog, a_record("u-1", status=IfcJobStatus(input=FILE)), a_record("u-2", status=succeeded(cache_hit=True)))
    assert rows(url, select(MODEL)) == []
    write(catalog, a_record("u-3", status=succeeded()))
    write(catalog, a_record("u-4", status=succeeded(finished_at=NOW), metadata={"a": 1}))
    write(catalog, a_record("u-5", status=succeeded()))
    [model] = rows(url, select(MODEL))
    assert (model.metadata, model.first_seen_at) == ({"a": 1}, ago(10))


def test_job_can_be_resubmitted_from_its_row(catalog: Catalog, url: str) -> None:
    source = {"pvc": {"claim_name": "models", "path": "house.ifc"}}
    record = a_record(spec={"source": source, "priority": 7, "resources": {"memory": "4Gi"}})
    write(catalog, record)
    assert IfcJobSpec.model_validate(job(url).spec) == record.ifcjob.spec


@pytest.mark.parametrize("text_of_file", ["NUL \0 inside", "half a pair \ud800"])
def test_text_that_a_database_rejects_is_cleaned(catalog: Catalog, url: str, text_of_file: str) -> None:
    metadata = {"project": {"name": text_of_file, "long": float("nan")}, text_of_file: [text_of_file]}
    reported = failure_of(FailureReason.NOT_AN_IFC_FILE, "NUL \0 inside")
    status = IfcJobStatus(phase="Failed", failure=reported)
    write(catalog, a_record("u-1", status=succeeded(), metadata=metadata), a_record("u-2", status=status))
    assert rows(url, select(MODEL.c.metadata))[0].metadata["project"]["long"] is None
    assert (job(url, "u-2").reason, job(url, "u-2").message) == ("NotAnIfcFile", "NUL � inside")


def _impossible(what: str) -> JobRecord:
    if what == "a size":
        manifest = a_manifest()
        manifest.artifacts[1].bytes = 2**70
        return a_record("bad", status=succeeded(), manifest=manifest)
    if what == "an artifact's name":
        manifest = a_manifest()
        # Longer than an index entry may be, and incompressible.
        manifest.artifacts[1].name = "".join(chr(33 + n * n % 7919 % 90) for n in range(60_000))
        return a_record("bad", status=succeeded(), manifest=manifest)
    if what == "metadata":
        deep: dict[str, Any] = {}
        for _ in range(1000):
            deep = {"deeper": deep}
        return a_record("bad", status=succeeded(), metadata=deep)
    return a_record("bad", status=succeeded(finished_at=NOW.replace(tzinfo=None)))


@pytest.mark.parametrize("what", ["a size", "an artifact's name", "metadata", "a time"])
def test_unwritable_job_does_not_block_others(catalog: Catalog, url: str, what: str) -> None:
    if what == "an artifact's name" and url.startswith("sqlite"):
        pytest.skip("SQLite takes any")
    good = [a_record(f"u-{n}", status=succeeded(), manifest=a_manifest()) for n in range(10)]
    with pytest.raises(RecordsRefused, match="1 not written: bad: ") as caught:
        write(catalog, *good[:7], _impossible(what), *good[7:])
    assert list(caught.value.messages) == ["bad"]
    assert {row.uid for row in rows(url, select(JOB))} == {f"u-{n}" for n in range(10)}
    assert {row.uid for row in rows(url, select(ARTIFACT))} == {f"u-{n}" for n in range(10)}


def test_concurrent_writers_converge(url: str) -> None:
    def batch(version: int, phase: str, *, backwards: bool) -> list[Any]:
        uids = sorted((f"u-{n}" for n in range(300)), reverse=backwards)
        return [
            a_record(
                uid, version, IfcJobStatus.model_validate({"phase": phase, "attempts": [an_attempt(1, reason=phase)]})
            )
            for uid in uids
        ]

    async def both() -> None:
        first, second = Catalog.open(url), Catalog.open(url)
        try:
            for round_ in range(5):
                older, newer = 2 * round_ + 1, 2 * round_ + 2
                await asyncio.gather(
                    first.record(batch(newer, "Succeeded", backwards=False)),
                    second.record(batch(older, "Running", backwards=True)),
                )
        finally:
            first.close()
            second.close()

    asyncio.run(both())
    assert {(row.phase, row.resource_version) for row in rows(url, select(JOB))} == {("Succeeded", 10)}
    assert {row.reason for row in rows(url, select(ATTEMPT))} == {"Succeeded"}


def test_ten_thousand_jobs_are_written_in_time(catalog: Catalog, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    records = [a_record(f"u-{n}", 1, succeeded(), manifest=a_manifest()) for n in range(10_000)]
    began = time.perf_counter()
    for start in range(0, len(records), 500):
        write(catalog, *records[start : start + 500])
    written = time.perf_counter() - began
    began = time.perf_counter()
    recorded = asyncio.run(catalog.recorded([record.ifcjob.metadata.uid for record in records]))
    queried = time.perf_counter() - began
    with capsys.disabled():
        name = url.partition(":")[0]
        print(f"\n10,000 jobs into {name}: {written:.1f} s; all found again: {queried:.2f} s")  # noqa: T201 - measured
    assert len(recorded) == 10_000
    assert len(rows(url, select(ARTIFACT))) == 20_000


def test_postgresql_queries_metadata_as_json(postgres_url: str) -> None:
    catalog = Catalog.open(postgres_url)
    try:
        write(catalog, a_record(status=succeeded(), metadata={"georeference": {"epsg": 25832}}))
    finally:
        catalog.close()
    question = text('SELECT sha256 FROM model WHERE metadata @> \'{"georeference": {"epsg": 25832}}\'')
    assert rows(postgres_url, question)[0].sha256 == SHA256  # type: ignore[arg-type]
