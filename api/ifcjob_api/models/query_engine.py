"""DuckDB over Parquet files: a bounded number of queries at once, with bounds of memory, threads and time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from ifcjob_api.models.artifact_cache import ArtifactCorrupt
from ifcjob_api.problems import Problem

Answer = TypeVar("Answer")
Cursor = duckdb.DuckDBPyConnection

_RETRY_SECONDS = 2
_INTERRUPT_SECONDS = 0.1
MAX_ANSWER = 32 * 2**20
"""Characters in the rows of one answer: a file may have a text of any length."""


class AnswerTooLarge(Exception):
    """The rows of a query have more text than an answer may have."""


def fetched_rows(cursor: Cursor) -> list[dict[str, Any]]:
    """Return the rows of the last statement; AnswerTooLarge when they have too much text."""
    names = [column[0] for column in cursor.description or ()]
    rows: list[dict[str, Any]] = []
    size = 0
    while chunk := cursor.fetchmany(100):
        size += sum(_size(value) for row in chunk for value in row)
        if size > MAX_ANSWER:
            raise AnswerTooLarge(f"the answer has more than {MAX_ANSWER} characters")
        rows += [dict(zip(names, row, strict=True)) for row in chunk]
    return rows


def _size(value: Any) -> int:
    match value:
        case str():
            return len(value)
        case list():
            return sum(map(_size, value))
        case dict():
            return sum(map(_size, value.values()))
        case _:
            return 8


class QueryEngine:
    """Runs queries in threads. Close it at the end of the process."""

    def __init__(
        self, folder: Path, *, memory: str = "1GB", threads: int = 2, at_once: int = 4, waiting: int = 64
    ) -> None:
        """Read files in this folder only."""
        self._connection = _connection(folder, memory, threads)
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="query")
        self._places = asyncio.Semaphore(at_once)
        self._waiting, self._most_waiting = 0, waiting

    def close(self) -> None:
        """End all queries."""
        self._connection.interrupt()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def run(self, query: Callable[[Cursor], Answer], seconds: float) -> Answer:
        """Run a query in a thread.

        Raises ArtifactCorrupt when a file cannot be read, and a Problem when the query takes too long or too much.
        """
        if self._waiting >= self._most_waiting:
            raise Problem(503, "TooManyQueries", "Too many queries are waiting: retry.", retry_after=_RETRY_SECONDS)
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await self._places.acquire()
        except TimeoutError:
            detail = "Other queries took all the time: retry."
            raise Problem(503, "TooManyQueries", detail, retry_after=_RETRY_SECONDS) from None
        finally:
            self._waiting -= 1
        try:
            return await self._answer(query, seconds)
        finally:
            self._places.release()

    async def _answer(self, query: Callable[[Cursor], Answer], seconds: float) -> Answer:
        cursor = self._connection.cursor()
        future = asyncio.get_running_loop().run_in_executor(self._threads, query, cursor)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(future)
        except (TimeoutError, asyncio.CancelledError) as error:
            # An interrupt ends only a statement that runs: the query may be waiting for a lock, or be between two.
            while not future.done():
                cursor.interrupt()
                await asyncio.wait([future], timeout=_INTERRUPT_SECONDS)
            if not future.cancelled():
                future.exception()  # that of the interrupt; asyncio logs one that nobody has read
            if isinstance(error, TimeoutError):
                detail = f"The query took more than {seconds:g} s: add conditions, or ask for fewer models."
                raise Problem(503, "QueryTooSlow", detail, retry_after=_RETRY_SECONDS) from None
            raise
        except duckdb.OutOfMemoryException:
            detail = "The query needs more memory than allowed: add conditions, or raise IFCJOB_API_QUERY_MEMORY_BYTES."
            raise Problem(503, "QueryTooLarge", detail, retry_after=_RETRY_SECONDS) from None
        except (duckdb.ParserException, duckdb.CatalogException):
            raise  # the fault is in the statement
        except duckdb.Error as error:
            raise ArtifactCorrupt(_first_line(error)) from error
        finally:
            cursor.close()


def _connection(folder: Path, memory: str, threads: int) -> Cursor:
    connection = duckdb.connect(config={"memory_limit": memory, "threads": threads})
    connection.execute("SET allowed_directories = [$folder]", {"folder": str(folder)})
    # The statements are constants; should one ever not be, it reaches no other file, no network and no extension.
    for statement in (
        "SET temp_directory = ''",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)
    return connection


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
