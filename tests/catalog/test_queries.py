"""Queries of the operator before it runs a file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.status import IfcJobStatus, Result
from ifcjob_catalog import Catalog, MemoryHistory
from tests.catalog.records import FILE, KEY, SHA256, a_record, out_of_memory, succeeded
from tests.support.builders import RESULT, ago, an_attempt

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from ifcjob_catalog import JobRecord


def write(catalog: Catalog, *records: JobRecord) -> None:
    asyncio.run(catalog.record(records))


def ask(question: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(question)


def a_run(uid: str, *, size: int, peak: int, sha256: str | None = None, **fields: Any) -> JobRecord:
    """Return a record of a file that ran once."""
    file = FILE.model_copy(update={"bytes": size, "sha256": sha256 or uid})
    attempt = an_attempt(1, finished_at=ago(1), reason="Succeeded", peak_memory_bytes=peak)
    return a_record(uid, status=succeeded(input=file, attempts=[attempt], **fields))


def test_recorded_returns_only_finished_jobs(catalog: Catalog) -> None:
    ended = [a_record(phase, status=IfcJobStatus(phase=phase)) for phase in ("Succeeded", "Failed", "Cancelled")]
    write(catalog, *ended, a_record("Running", status=IfcJobStatus(phase="Running")))
    uids = ["Succeeded", "Failed", "Cancelled", "Running", "never-seen"]
    assert ask(catalog.recorded(uids)) == {"Succeeded", "Failed", "Cancelled"}
    assert ask(catalog.recorded([])) == set()


def test_lookup_finds_the_newest_result_of_the_key(catalog: Catalog) -> None:
    newest = RESULT.model_copy(update={"manifest": "s3://artifacts/newest/manifest.json"})
    write(
        catalog,
        a_record("old", status=succeeded(finished_at=ago(50))),
        a_record("newest", status=succeeded(finished_at=ago(10), result=newest)),
        a_record("failed", status=succeeded(finished_at=ago(1), phase="Failed")),
        a_record("other", status=succeeded(finished_at=ago(1), content_key="d" * 64)),
    )
    result = ask(catalog.find_result(KEY))
    assert (result.result, result.input_sha256) == (newest, SHA256)
    assert isinstance(result.result, Result)
    assert ask(catalog.find_result("e" * 64)) is None


def test_result_remains_after_its_ifcjob_is_deleted(catalog: Catalog) -> None:
    write(catalog, a_record(status=succeeded(), deleted_at=ago(1)))
    assert ask(catalog.find_result(KEY)) is not None


def test_checksum_of_an_unchanged_object_is_known(catalog: Catalog) -> None:
    write(catalog, a_record(status=succeeded()))
    assert ask(catalog.sha256_of("s3://models/house.ifc", "e1", 1_000_000)) == SHA256
    assert ask(catalog.sha256_of("s3://models/house.ifc", "e2", 1_000_000)) is None
    assert ask(catalog.sha256_of("s3://models/other.ifc", "e1", 1_000_000)) is None
    assert ask(catalog.sha256_of("s3://models/house.ifc", "e1", 1_000_001)) is None


@pytest.mark.parametrize("unread", [{"phase": "Failed"}, {"cache_hit": True}])
def test_checksum_that_no_run_computed_is_ignored(catalog: Catalog, unread: dict[str, Any]) -> None:
    write(catalog, a_record(status=succeeded(**unread)))
    assert ask(catalog.sha256_of("s3://models/house.ifc", "e1", 1_000_000)) is None


def test_new_file_has_no_memory_history(catalog: Catalog) -> None:
    assert ask(catalog.memory_history("f" * 64, 1000, None)) == MemoryHistory()
    assert ask(catalog.memory_history(None, 0, "IFC4")) == MemoryHistory()


def test_memory_history_of_the_same_file_has_peak_and_failed_limit(catalog: Catalog) -> None:
    attempts = [out_of_memory("1Gi", 1), out_of_memory("2Gi", 2)]
    ended = an_attempt(3, reason="Succeeded", memory_limit="4Gi", peak_memory_bytes=3 * 2**30)
    write(catalog, a_record("u-1", status=succeeded(attempts=[*attempts, ended])))
    write(catalog, a_run("u-2", size=1_000_000, peak=2**30, sha256=SHA256))
    known = ask(catalog.memory_history(SHA256, 1_000_000, None))
    assert (known.same_file_peak_bytes, known.same_file_oom_limit_bytes) == (3 * 2**30, 2 * 2**30)


def test_similar_files_are_within_a_factor_of_two(catalog: Catalog) -> None:
    sizes = {"a": 499, "b": 500, "c": 1000, "d": 2000, "e": 2001}
    write(catalog, *(a_run(name, size=size, peak=size * 10) for name, size in sizes.items()))
    assert ask(catalog.memory_history(None, 1000, None)) == MemoryHistory(similar_files=3, similar_files_ratio=10.0)


def test_memory_ratio_of_similar_files_is_a_high_percentile(catalog: Catalog) -> None:
    write(catalog, *(a_run(f"f{n}", size=1000, peak=1000 * (n + 1)) for n in range(100)))
    assert ask(catalog.memory_history(None, 1000, None)) == MemoryHistory(similar_files=100, similar_files_ratio=96.0)


def test_repeated_runs_of_a_file_count_once(catalog: Catalog) -> None:
    write(catalog, *(a_run(f"f{n}", size=1000, peak=1000 * (n + 1), sha256="same") for n in range(9)))
    assert ask(catalog.memory_history(None, 1000, None)) == MemoryHistory(similar_files=1, similar_files_ratio=9.0)


def test_similar_files_can_be_limited_to_a_schema(catalog: Catalog) -> None:
    def of(schema: str) -> Result:
        summary = RESULT.summary.model_copy(update={"schema_name": schema})
        return RESULT.model_copy(update={"summary": summary})

    write(catalog, a_run("a", size=1000, peak=5000, result=of("IFC4")))
    write(catalog, a_run("b", size=1000, peak=9000, result=of("IFC2X3")))
    assert ask(catalog.memory_history(None, 1000, "IFC4")) == MemoryHistory(similar_files=1, similar_files_ratio=5.0)
