"""The whole model as one SQLite or DuckDB file."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, get_args

import duckdb
import pyarrow.parquet as pq
import pytest

from ifcjob.manifest import FORMAT_FILES, MEDIA_TYPES
from ifcjob.options import PropertiesFormat
from ifcjob_runner import pipeline
from ifcjob_runner.data.formats.database import TABLES
from tests.runner.step_files import PROJECT, guid, step_file
from tests.support.runs import Finished, run_file

LINES = """
#30=IFCWALL(GUID,'Wall',$,$,$,$,$,$)
#31=IFCRELCONTAINEDINSPATIALSTRUCTURE(GUID,$,$,(#30),#21)
#32=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#30),#33)
#33=IFCPROPERTYSET(GUID,'Pset',$,(#34,#35))
#34=IFCPROPERTYSINGLEVALUE('FireRating',$,IFCLABEL('REI 90'),$)
#35=IFCPROPERTYSINGLEVALUE('Load',$,IFCREAL(-5.5),$)
#36=IFCRELASSOCIATESMATERIAL(GUID,$,$,(#30),#37)
#37=IFCMATERIAL('Br"ick',$,$)
#38=IFCDOOR(GUID,'Orphan',$,$,$,$,$,$,$,$,$,$,$)
#39=IFCGROUP(GUID,'Group',$,$,$)
#40=IFCRELASSIGNSTOGROUP(GUID,$,$,(#30),$,#39)
"""
ALL: dict[str, Any] = {"metadata": {}, "spatialTree": {}, "properties": {"formats": ["sqlite", "duckdb"]}}
Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("database")
    return run_file(step_file(folder, PROJECT + LINES), folder / "out", operations=ALL)


@pytest.fixture(params=["sqlite", "duckdb"])
def query(request: pytest.FixtureRequest, finished: Finished) -> Query:
    path = finished.folder / f"model.{request.param}"
    if request.param == "sqlite":
        return lambda sql: sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute(sql).fetchall()
    return lambda sql: duckdb.connect(str(path), read_only=True).execute(sql).fetchall()


@pytest.mark.parametrize("name", TABLES)
def test_tables_equal_the_parquet_files(query: Query, finished: Finished, name: str) -> None:
    def plain(row: Iterable[Any]) -> list[Any]:
        return [json.loads(v) if isinstance(v, str) and v.startswith("[") else v for v in row]

    parquet = pq.read_table(finished.folder / f"{name}.parquet").to_pylist()
    assert parquet
    rows = query(f"SELECT * FROM {name}")
    assert [plain(row) for row in rows] == [list(row.values()) for row in parquet]


def test_metadata_has_every_field_as_json(query: Query, finished: Finished) -> None:
    rows = query("SELECT key, value FROM metadata")
    assert {key: json.loads(value) for key, value in rows} == finished.document("metadata.json")


def test_tree_lists_parents_before_children(query: Query) -> None:
    rows = query("SELECT step_id, global_id, class, name, elevation, parent_step_id, depth, is_orphan FROM tree")
    assert rows == [
        (1, guid(1), "IfcProject", "Project", None, None, 0, 0),
        (20, guid(20), "IfcBuilding", "Building", None, 1, 1, 0),
        (21, guid(21), "IfcBuildingStorey", "Ground", 3.0, 20, 2, 0),
        (30, guid(30), "IfcWall", "Wall", None, 21, 3, 0),
        (38, guid(38), "IfcDoor", "Orphan", None, None, 0, 1),
    ]


def test_one_query_finds_elements_by_class_storey_and_property(query: Query) -> None:
    sql = "SELECT object_name FROM properties WHERE class = 'IfcWall' AND storey_name = 'Ground' AND number < 0"
    assert query(sql) == [("Wall",)]


def test_tables_of_other_operations_are_empty(tmp_path: Path) -> None:
    operations = {"properties": {"formats": ["sqlite", "duckdb"]}}
    folder = run_file(step_file(tmp_path, PROJECT), tmp_path / "out", operations=operations).folder
    with sqlite3.connect(folder / "model.sqlite") as database, duckdb.connect(str(folder / "model.duckdb")) as other:
        for name in ("metadata", "tree"):
            count = f"SELECT count(*) FROM {name}"
            assert (database.execute(count).fetchall(), other.execute(count).fetchall()) == ([(0,)], [(0,)])


def test_the_same_file_gives_the_same_sqlite_bytes(finished: Finished, tmp_path: Path) -> None:
    again = run_file(step_file(tmp_path, PROJECT + LINES), tmp_path / "out", operations=ALL)
    assert (again.folder / "model.sqlite").read_bytes() == (finished.folder / "model.sqlite").read_bytes()


def test_a_missing_duckdb_is_refused_before_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "find_spec", lambda _name: None)
    finished = run_file(step_file(tmp_path, PROJECT), tmp_path / "out", operations=ALL)
    assert finished.report.failure
    assert "duckdb" in finished.report.failure.message
    assert "sqlite" in finished.report.failure.hint
    assert not (tmp_path / "out").exists()


def test_every_format_of_the_contract_has_files() -> None:
    assert set(FORMAT_FILES) == set(get_args(PropertiesFormat))
    assert {name for names in FORMAT_FILES.values() for name in names} <= set(MEDIA_TYPES)
