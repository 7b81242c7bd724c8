"""The results of the cluster's IfcJobs and of the catalog as one directory of models."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from ifcjob_api.access.protocol import Caller
from ifcjob_api.live.entries import job_entry
from ifcjob_api.live.index import Index
from ifcjob_api.live.state import Live
from ifcjob_api.models.directory import ModelDirectory
from ifcjob_api.models.results import CatalogResults, IfcJobResults
from ifcjob_api.problems import Problem
from ifcjob_catalog import Catalog
from ifcjob_catalog.schema import upgrade
from tests.catalog.records import FILE, a_record, succeeded
from tests.support.models import NamespaceAccess

if TYPE_CHECKING:
    from pathlib import Path

    from ifcjob_api.models.results import ModelResult

ANN = Caller("ann")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
A, B = "a" * 64, "b" * 64


class ReadLive(Live):
    """The live state of a replica that has read all IfcJobs, and that nobody listens to."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs = Index(job_entry)

    def require_synced(self) -> None:
        """Be ready."""


def add(live: Live, name: str, sha256: str, minutes: int, *, namespace: str = "bim", phase: str = "Succeeded") -> None:
    """Add an IfcJob that ended some minutes ago."""
    status: dict[str, Any] = {
        "phase": phase,
        "input": {"uri": "s3://models/house.ifc", "sha256": sha256},
        "finishedAt": (NOW - timedelta(minutes=minutes)).isoformat(),
    }
    if phase == "Succeeded":
        status["result"] = {"manifest": f"s3://artifacts/{name}/manifest.json", "summary": {"elements": 7}}
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "resourceVersion": "7"}
    live.jobs.apply({"metadata": metadata, "spec": {"source": {}}, "status": status})


def directory(live: Live, *more: Any, access: Any = None, namespaces: Any = ()) -> ModelDirectory:
    """Return a directory over the live state and further sources."""
    return ModelDirectory(cast("Any", access or NamespaceAccess()), [IfcJobResults(live), *more], namespaces)


def find(models: ModelDirectory, sha256: str = A) -> ModelResult:
    return asyncio.run(models.find(ANN, sha256))


def test_newest_succeeded_ifcjob_is_the_model() -> None:
    live = ReadLive()
    add(live, "old", A, 9)
    add(live, "new", A, 3)
    add(live, "failed", A, 1, phase="Failed")
    model = find(directory(live))
    assert (model.job, model.namespace, model.result.manifest) == ("new", "bim", "s3://artifacts/new/manifest.json")
    assert (model.finished_at, model.result.summary.elements) == (NOW - timedelta(minutes=3), 7)


def test_ifcjobs_of_other_namespaces_stay_hidden() -> None:
    live = ReadLive()
    add(live, "visible", A, 9)
    add(live, "newer", A, 1, namespace="secret")
    add(live, "only", B, 1, namespace="secret")
    assert find(directory(live)).job == "visible"
    with pytest.raises(Problem) as problem:
        find(directory(live), B)
    assert (problem.value.status, problem.value.code) == (404, "ModelNotFound")
    both = directory(live, access=NamespaceAccess({"bim", "secret"}))
    assert find(both).job == "newer"
    assert [m.job for m in asyncio.run(both.all(ANN))] == ["only", "newer"]
    restricted = directory(live, access=NamespaceAccess({"bim", "secret"}), namespaces=["bim"])
    assert [m.job for m in asyncio.run(restricted.all(ANN))] == ["visible"]


def test_replica_that_has_not_read_the_jobs_is_not_ready() -> None:
    with pytest.raises(Problem) as problem:
        find(directory(Live()))
    assert problem.value.status == 503


def test_catalog_has_models_that_the_cluster_has_forgotten(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    upgrade(url)
    catalog = Catalog.open(url)
    live = ReadLive()
    add(live, "live", B, 1)
    forgotten = succeeded(input=FILE.model_copy(update={"sha256": A}), finished_at=NOW - timedelta(minutes=5))
    asyncio.run(catalog.record([a_record("forgotten", status=forgotten)]))
    models = directory(live, CatalogResults(catalog))
    assert find(models).job == "job-forgotten"
    assert [m.job for m in asyncio.run(models.all(ANN))] == ["live", "job-forgotten"]
    catalog.close()


def test_models_have_the_name_of_the_uploaded_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    upgrade(url)
    catalog = Catalog.open(url)
    live = ReadLive()
    add(live, "live", B, 1)
    live.jobs.apply(
        {
            "metadata": {"name": "named", "namespace": "bim", "uid": "uid-named", "resourceVersion": "8"}
            | {"annotations": {"ifcjob.io/file-name": "Übung <b>.ifc"}},
            "spec": {"source": {"s3": {"bucket": "models", "key": "uploads/1/source.ifc"}}},
            "status": {"phase": "Succeeded", "input": {"uri": "s3://x", "sha256": "c" * 64}}
            | {"finishedAt": NOW.isoformat(), "result": {"manifest": "s3://artifacts/named/manifest.json"}},
        }
    )
    forgotten = succeeded(input=FILE.model_copy(update={"sha256": A}), finished_at=NOW)
    asyncio.run(catalog.record([a_record("forgotten", status=forgotten)]))
    models = directory(live, CatalogResults(catalog))
    assert find(models, "c" * 64).file_name == "Übung <b>.ifc"
    assert find(models, B).file_name is None
    assert find(models, A).file_name == "house.ifc"
    catalog.close()


def test_catalog_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    catalog = Catalog.open(f"sqlite:///{tmp_path}/missing/catalog.db")
    with pytest.raises(Problem) as problem:
        find(directory(ReadLive(), CatalogResults(catalog)))
    assert (problem.value.status, problem.value.code) == (503, "CatalogUnavailable")
    catalog.close()
