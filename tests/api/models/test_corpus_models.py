"""Real models in a real S3 server: what the API answers is what the artifacts say, found by another reader."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

import httpx
import pyarrow.parquet as pq
import pytest

from ifcjob_api.app import create_app
from ifcjob_api.models.artifact_cache import ArtifactCache
from ifcjob_api.models.directory import ModelDirectory
from ifcjob_api.models.query_engine import QueryEngine
from ifcjob_api.models.store import ModelStore
from ifcjob_api.services import Services
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.storage.objects import S3Objects
from tests.support.async_tests import finish
from tests.support.corpus import corpus_file
from tests.support.models import BUCKET, FakeResults, Models, NamespaceAccess
from tests.support.operator_s3 import store_options
from tests.support.runs import run_file
from tests.support.s3 import s3_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

pytestmark = pytest.mark.corpus
NAMES = ("ac20_fzk.ifc", "duplex_arch.ifc")
OPERATIONS: dict[str, Any] = {"metadata": {}, "spatialTree": {}, "properties": {}}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Run two real models, without geometry."""
    folder = tmp_path_factory.mktemp("runs")
    return [run_file(corpus_file(name), folder / name, operations=OPERATIONS).folder for name in NAMES]


@pytest.fixture
def ask(runs: list[Path], tmp_path: Path) -> Any:
    """Return a function that runs requests against the application over the S3 server."""
    published = Models(tmp_path / "models")
    results = FakeResults([published.publish(run, job=f"job-{n}", age=n) for n, run in enumerate(runs)])

    def run(requests: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
        async def scenario() -> Any:
            with s3_store(tmp_path / "s3") as server:
                server.client.make_bucket(BUCKET)
                for path in published.objects.path(BUCKET, "bim").rglob("*.*"):
                    key = str(path.relative_to(published.objects.objects / BUCKET))
                    server.client.fput_object(BUCKET, key, str(path))
                async with S3Objects(store_options(server, tmp_path / "keys"), None) as store:
                    app = _application(store, results, tmp_path / "cache")
                    transport = httpx.ASGITransport(app)
                    async with httpx.AsyncClient(transport=transport, base_url="http://api/api/v1") as client:
                        return await requests(client)

        return finish(scenario())

    return run


def _application(store: S3Objects, results: FakeResults, cache_folder: Path) -> Any:
    access = cast("Any", NamespaceAccess())
    app = create_app(Services(ApiSettings(), cast("Any", None), cast("Any", store), access))
    cache, engine = ArtifactCache(cache_folder, 2**30, store), QueryEngine(cache_folder)
    app.state.models = ModelStore(ModelDirectory(access, [results]), store, cache, engine)
    return app


def rows(run: Path, table: str) -> list[dict[str, Any]]:
    """Read a table with pyarrow."""
    listed: list[dict[str, Any]] = pq.read_table(run / f"{table}.parquet").to_pylist()
    return listed


def test_counts_by_class_are_those_of_the_tables(ask: Any, runs: list[Path]) -> None:
    async def requests(client: httpx.AsyncClient) -> Any:
        return (await client.get("/search/facets", params={"by": "class", "limit": 1000})).json()

    answer = ask(requests)
    expected = Counter(row["class"] for run in runs for row in rows(run, "elements"))
    assert {value["value"]: value["count"] for value in answer["facets"][0]["values"]} == dict(expected)
    assert (answer["total"], answer["models"], answer["skipped"]) == (sum(expected.values()), 2, [])


def test_search_by_number_finds_the_rows_of_the_tables(ask: Any, runs: list[Path]) -> None:
    async def requests(client: httpx.AsyncClient) -> Any:
        query: dict[str, str | int] = {"class": "IfcWall", "property": "Width>0.2 m", "limit": 1000, "fields": "name"}
        return (await client.get("/search", params=query)).json()

    walls = {"IfcWall", "IfcWallStandardCase"}
    metres = {"m": 1.0, "mm": 0.001}
    expected = {
        row["global_id"]
        for run in runs
        for row in rows(run, "properties")
        if row["class"] in walls and row["name"] == "Width" and row["number"] is not None
        if row["unit"] in metres and row["number"] * metres[row["unit"]] > 0.2 + 1e-9
    }
    answer = ask(requests)
    assert {item["globalId"] for item in answer["items"]} == expected
    assert expected


def test_every_door_has_all_its_values(ask: Any, runs: list[Path]) -> None:
    async def requests(client: httpx.AsyncClient) -> Any:
        page = (await client.get("/search", params={"class": "IfcDoor", "limit": 1000})).json()
        paths = [f"/models/{item['model']}/elements/{item['globalId']}" for item in page["items"]]
        return [(await client.get(path)).json() for path in paths]

    doors = ask(requests)
    expected = Counter(
        row["global_id"] for run in runs for row in rows(run, "properties") if row["class"].startswith("IfcDoor")
    )
    kinds = ("propertySets", "quantitySets", "materials", "classifications")
    counts = {d["globalId"]: sum(len(s["values"]) for kind in kinds for s in d[kind]) for d in doors}
    assert counts == {d["globalId"]: expected[d["globalId"]] for d in doors}
    assert len(doors) == len(
        {row["global_id"] for run in runs for row in rows(run, "elements") if row["class"] == "IfcDoor"}
    )
