"""The newest result of each model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ifcjob.report import Summary
from tests.catalog.records import FILE, a_record, succeeded
from tests.support.builders import RESULT, ago

if TYPE_CHECKING:
    from ifcjob_catalog import Catalog, JobRecord

A, B, C = "a" * 64, "b" * 64, "c" * 64


def a_result(uid: str, sha256: str, seconds: float, namespace: str = "bim", **fields: Any) -> JobRecord:
    """Return the record of a job that succeeded so many seconds ago."""
    file = FILE.model_copy(update={"sha256": sha256})
    record = a_record(uid, status=succeeded(input=file, finished_at=ago(seconds), **fields))
    metadata = record.ifcjob.metadata.model_copy(update={"namespace": namespace})
    return type(record)(record.ifcjob.model_copy(update={"metadata": metadata}))


def filled(catalog: Catalog) -> Catalog:
    """Write results of three models in two namespaces."""
    records = [
        a_result("old", A, 50),
        a_result("new", A, 10),
        a_result("newer-elsewhere", A, 5, "secret"),
        a_result("b", B, 20, result=RESULT.model_copy(update={"summary": Summary(elements=7)})),
        a_result("c", C, 30, "secret"),
        a_result("failed", B, 1, phase="Failed"),
    ]
    asyncio.run(catalog.record(records))
    return catalog


def test_newest_result_of_each_model_comes_first(catalog: Catalog) -> None:
    results = asyncio.run(filled(catalog).newest_results(["bim"]))
    assert [(r.uid, r.sha256, r.namespace, r.name) for r in results] == [
        ("new", A, "bim", "job-new"),
        ("b", B, "bim", "job-b"),
    ]
    assert results[1].result.summary.elements == 7
    assert (results[0].finished_at, results[0].result.manifest) == (ago(10), RESULT.manifest)


def test_results_of_other_namespaces_stay_hidden(catalog: Catalog) -> None:
    filled(catalog)
    assert asyncio.run(catalog.newest_results(["bim"], C)) == []
    assert asyncio.run(catalog.newest_results([])) == []
    assert [r.uid for r in asyncio.run(catalog.newest_results(["bim", "secret"], A))] == ["newer-elsewhere"]


def test_number_of_results_is_limited_to_the_newest(catalog: Catalog) -> None:
    assert [r.uid for r in asyncio.run(filled(catalog).newest_results(["bim"], limit=1))] == ["new"]


def test_namespaces_are_those_with_results(catalog: Catalog) -> None:
    asyncio.run(catalog.record([a_result("failed", B, 1, "broken", phase="Failed")]))
    assert asyncio.run(filled(catalog).result_namespaces()) == {"bim", "secret"}
