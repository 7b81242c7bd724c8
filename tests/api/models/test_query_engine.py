"""Queries end in time, wait for a place, and read nothing but the cache."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ifcjob_api.models.artifact_cache import ArtifactCorrupt
from ifcjob_api.models.query_engine import QueryEngine
from ifcjob_api.problems import Problem
from tests.support.async_tests import finish, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ifcjob_api.models.query_engine import Cursor

ENDLESS = "SELECT count(*) FROM range(100000000) AS a, range(1000000) AS b WHERE a.range * b.range % 7 = 3"


def statement(sql: str) -> Callable[[Cursor], Any]:
    """Return a query that runs one statement."""
    return lambda cursor: cursor.execute(sql).fetchall()


def problem_of_query(engine: QueryEngine, sql: str, seconds: float = 10) -> Problem:
    """Return the problem of a query that fails."""
    with pytest.raises(Problem) as problem:
        finish(engine.run(statement(sql), seconds))
    return problem.value


def test_query_that_takes_too_long_is_interrupted(tmp_path: Path) -> None:
    engine, start = QueryEngine(tmp_path), time.monotonic()
    problem = problem_of_query(engine, ENDLESS, 0.3)
    assert (problem.status, problem.code) == (503, "QueryTooSlow")
    assert problem.headers["Retry-After"]
    assert time.monotonic() - start < 10
    assert finish(engine.run(statement("SELECT 1"), 10)) == [(1,)]


def test_query_of_a_client_that_leaves_is_interrupted(tmp_path: Path) -> None:
    async def run() -> None:
        engine, ended = QueryEngine(tmp_path, at_once=1), threading.Event()

        def query(cursor: Cursor) -> None:
            try:
                cursor.execute(ENDLESS)
            finally:
                ended.set()

        request = asyncio.create_task(engine.run(query, 60))
        await asyncio.sleep(0.2)
        request.cancel()
        await until(ended.is_set)
        assert await engine.run(statement("SELECT 2"), 10) == [(2,)]

    finish(run())


def test_query_between_two_statements_is_interrupted_in_the_next(tmp_path: Path) -> None:
    async def run() -> None:
        engine, gate = QueryEngine(tmp_path), threading.Event()

        def query(cursor: Cursor) -> None:
            gate.wait(20)
            cursor.execute(ENDLESS)

        request = asyncio.create_task(engine.run(query, 0.1))
        await asyncio.sleep(0.3)
        assert not request.done()
        gate.set()
        with pytest.raises(Problem) as problem:
            await asyncio.wait_for(request, 10)
        assert problem.value.code == "QueryTooSlow"

    finish(run())


def test_queries_beyond_the_limit_are_refused_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        engine = QueryEngine(tmp_path, at_once=1, waiting=1)
        gate = threading.Event()
        running = asyncio.create_task(engine.run(lambda _: gate.wait(20), 30))
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(engine.run(statement("SELECT 3"), 30))
        await asyncio.sleep(0.05)
        with pytest.raises(Problem) as problem:
            await engine.run(statement("SELECT 4"), 30)
        assert (problem.value.status, problem.value.code) == (503, "TooManyQueries")
        gate.set()
        assert await running
        assert await waiting == [(3,)]

    finish(run())


def test_query_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    engine = QueryEngine(tmp_path, memory="64MiB")
    problem = problem_of_query(engine, "SELECT list(repeat(range::VARCHAR, 100)) FROM range(10000000)", 60)
    assert (problem.status, problem.code) == (503, "QueryTooLarge")


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("SELECT * FROM read_text('/etc/passwd')", id="file outside"),
        pytest.param("SELECT * FROM read_parquet('{folder}/../other.parquet')", id="path out of the folder"),
        pytest.param("COPY (SELECT 1) TO '/tmp/ifcjob-written.csv'", id="write"),
        pytest.param("ATTACH '/tmp/ifcjob-other.db'", id="database"),
        pytest.param("INSTALL httpfs", id="extension"),
        pytest.param("SET enable_external_access = true", id="settings"),
    ],
)
def test_statement_reaches_nothing_but_the_cache(tmp_path: Path, sql: str) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    duckdb.sql(f"COPY (SELECT 1 AS secret) TO '{tmp_path / 'other.parquet'}'")
    engine = QueryEngine(folder)
    with pytest.raises((ArtifactCorrupt, duckdb.Error)):
        finish(engine.run(statement(sql.format(folder=folder)), 10))


def test_mistake_in_a_statement_is_not_blamed_on_an_artifact(tmp_path: Path) -> None:
    with pytest.raises(duckdb.ParserException):
        finish(QueryEngine(tmp_path).run(statement("SELEC 1"), 10))
