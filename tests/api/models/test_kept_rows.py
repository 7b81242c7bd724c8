"""Rows that searches keep: they answer as the files do, within their bound of bytes, and without the files."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ifcjob_api.models.filtering import kept_rows
from ifcjob_api.models.filtering.element_filter import ElementFilter, Selection
from ifcjob_api.models.filtering.kept_rows import KeptRows, Scan
from ifcjob_api.models.reading import element_pages
from tests.support.models import write_tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ifcjob_api.models.query_engine import Cursor
    from tests.support.models import Models

AREA = Scan("Area")
TEXTS = Scan()
QUERIES: list[dict[str, Any]] = [
    {"text": "OAK"},
    {"text": "wall-2-1", "class": "IfcWall"},
    {"name": "wall", "property": "Area>15"},
    {"name": "wall", "storey": "Level 1"},
    {"property": "Pset_Wall.Area>15", "class": "IfcWall"},
    {"property": ["Area>15 m²", "Area<=30"]},
    {"property": "Area exists"},
]


def tables(folder: Path, number: int) -> Path:
    """Write a model with two walls and a door."""
    walls = [
        {"step_id": step, "global_id": f"wall-{number}-{step}", "class": "IfcWall", "name": f"Wall {step}"}
        for step in (1, 2)
    ]
    door = {"step_id": 3, "global_id": f"door-{number}", "class": "IfcDoor", "name": "Door", "object_type": "Oak"}
    area = {"step_id": 1, "class": "IfcWall", "set_name": "Pset_Wall", "name": "Area", "unit": "m²"}
    properties = [area | {"value": str(10 * number), "number": 10.0 * number}]
    properties += [{"step_id": 3, "class": "IfcDoor", "set_name": "Pset_Door", "name": "Width", "value": "900"}]
    return write_tables(folder / f"model-{number}", [*walls, door], properties)


@pytest.fixture
def cursor() -> Iterator[Cursor]:
    """Return a connection of its own."""
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture
def files(tmp_path: Path) -> list[list[Path]]:
    """Write three models."""
    folders = [tables(tmp_path, number) for number in (1, 2, 3)]
    return [[folder / "elements.parquet", folder / "properties.parquet"] for folder in folders]


def numbers(cursor: Cursor, table: str) -> list[Any]:
    """Return the areas in a table."""
    return cursor.execute(f"SELECT number FROM {table} ORDER BY number").fetchall()


def test_kept_rows_need_no_file_again(cursor: Cursor, files: list[list[Path]]) -> None:
    kept = KeptRows(2**27)
    with kept.use(cursor, [AREA, TEXTS], files[:2]):
        pass
    for path in (path for model in files[:2] for path in model):
        path.unlink()
    with kept.use(cursor, [AREA, TEXTS], files) as sources:
        table, places = sources[AREA]
        assert numbers(cursor, table) == [(10.0,), (20.0,), (30.0,)]
        assert places == [0, 1, 2]
        assert cursor.execute(f"SELECT count(*) FROM {sources[TEXTS][0]}").fetchone() == (9,)


def test_a_file_of_two_models_is_kept_once(cursor: Cursor, files: list[list[Path]]) -> None:
    with KeptRows(2**27).use(cursor, [AREA], [files[0], files[0]]) as sources:
        table, places = sources[AREA]
        assert (numbers(cursor, table), places) == ([(10.0,)], [0, 0])


def test_rows_of_a_damaged_file_are_not_kept(cursor: Cursor, files: list[list[Path]]) -> None:
    kept, sound = KeptRows(2**27), files[0][1].read_bytes()
    files[0][1].write_bytes(b"PAR1" + b"\xff" * 900 + b"PAR1")
    with pytest.raises(duckdb.Error), kept.use(cursor, [AREA], files):
        pass
    files[0][1].write_bytes(sound)
    with kept.use(cursor, [AREA], files) as sources:
        assert numbers(cursor, sources[AREA][0]) == [(10.0,), (20.0,), (30.0,)]


def test_least_recently_used_table_is_dropped_unless_in_use(
    cursor: Cursor, files: list[list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_rows, "MAX_TABLES", 1)
    kept = KeptRows(2**27)
    with ExitStack() as stack:
        stack.enter_context(kept.use(cursor, [AREA], files))
        stack.enter_context(kept.use(cursor, [TEXTS], files))
        assert len(cursor.execute("SHOW TABLES").fetchall()) == 2
    with kept.use(cursor, [Scan("Width")], files):
        assert len(cursor.execute("SHOW TABLES").fetchall()) == 1


def test_table_over_the_bound_is_neither_kept_nor_made_again(
    cursor: Cursor, files: list[list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KeptRows(0)
    for _ in range(2):
        with kept.use(cursor, [AREA], files) as sources:
            assert sources == {}
        assert cursor.execute("SHOW TABLES").fetchall() == []
        files[0][1].unlink(missing_ok=True)
    monkeypatch.setattr("time.monotonic", lambda: float("inf"))
    kept._max_bytes = 2**27
    for _ in range(2):
        with kept.use(cursor, [AREA], files[1:]) as sources:
            assert list(sources) == [AREA]
        assert len(cursor.execute("SHOW TABLES").fetchall()) == 1


def test_tables_together_stay_below_the_bound(cursor: Cursor, files: list[list[Path]]) -> None:
    kept = KeptRows(2**27)
    with kept.use(cursor, [AREA], files):
        # The size of one table depends on DuckDB's version.
        size = kept_rows._bytes(cursor)
    with duckdb.connect() as other:
        kept = KeptRows(2 * size)
        for path in ("Area", "Width", "Area", "Width", "Height"):
            with kept.use(other, [Scan(path)], files) as sources:
                assert kept_rows._bytes(other) <= 2 * size
                assert list(sources) == [Scan(path)]


@pytest.mark.parametrize("query", QUERIES, ids=[" ".join(query) + str(i) for i, query in enumerate(QUERIES)])
def test_kept_rows_answer_as_the_files_do(models: Models, tmp_path: Path, query: dict[str, Any]) -> None:
    for number in (1, 2, 3):
        models.publish(tables(tmp_path, number), job=f"job-{number}", age=number)
    answers = []
    for models.kept_bytes in (0, 2**27):
        with models.client() as client:
            for _ in range(2):
                items = client.get("/api/v1/search", params=query).json()["items"]
                counts = client.get("/api/v1/search/facets", params=query | {"by": ["class", "Area"]}).json()
                answers.append((items, counts))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] or "storey" in query


def test_values_of_a_page_come_from_the_kept_rows(cursor: Cursor, files: list[list[Path]]) -> None:
    query, kept = ElementFilter.model_validate({"property": ["Area>15"]}), KeptRows(2**27)
    with kept.use(cursor, query.scans(), files) as sources:
        for model in files:
            model[1].unlink()
        rows = element_pages.element_rows(cursor, Selection(query, files, sources), [], element_pages.Page(10))
    assert [(row["model"], row["match0"]["value"]) for row in rows] == [(1, "20"), (2, "30")]


def test_kept_rows_of_other_namespaces_are_not_seen(models: Models, tmp_path: Path) -> None:
    models.publish(tables(tmp_path, 1))
    secret = models.publish(tables(tmp_path, 2), namespace="secret", job="other")
    with models.client() as client:
        seen = []
        for models.access.allowed in ({"bim", "secret"}, {"secret"}):
            for query in ({"text": "wall"}, {"property": "Area>0"}):
                items = client.get("/api/v1/search", params=query).json()["items"]
                seen.append({item["model"] for item in items})
    assert [len(of_query) for of_query in seen] == [2, 2, 1, 1]
    assert seen[2] == seen[3] == {secret.sha256}
