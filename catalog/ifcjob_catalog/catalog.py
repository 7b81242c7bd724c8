"""The asynchronous interface of the catalog: all waits are bounded, and it reconnects when the database is back."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import URL, Connection, Engine

from ifcjob_catalog import model_queries, queries, recording
from ifcjob_catalog.connection import (
    CONNECT_SECONDS,
    CONNECTIONS,
    STATEMENT_SECONDS,
    OpenConnections,
    database_url,
    engine_for,
)
from ifcjob_catalog.errors import CatalogOutdated, CatalogUnavailable, RecordsRefused, first_line, plain_errors
from ifcjob_catalog.history import HistoryQuery, history_job, history_page
from ifcjob_catalog.model_queries import RecordedResult
from ifcjob_catalog.notifications import sending
from ifcjob_catalog.notifications.delivery import Delivery, Tried
from ifcjob_catalog.past_runs import PastRun, past_runs
from ifcjob_catalog.queries import EarlierResult, MemoryHistory
from ifcjob_catalog.rows import JobRecord, Row

ANSWER_SECONDS = CONNECT_SECONDS + STATEMENT_SECONDS
"""Total time limit: a frozen server keeps neither the statement timeout nor the connect timeout."""

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


class Catalog:
    """A database with the history of IfcJobs; safe to use from many tasks."""

    def __init__(self, url: URL, engine: Engine) -> None:
        self._url, self._engine = url, engine
        self._connections = OpenConnections(engine)
        # A pool of its own, one thread per connection: when the database hangs, no other threads do.
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="catalog")

    @classmethod
    def open(cls, url: str) -> Self:
        """Return the catalog at a URL; the database need not be up yet. Raises InvalidDatabaseUrl."""
        place = database_url(url)
        return cls(place, engine_for(place))

    def close(self) -> None:
        """Close the connections. A running query fails, so that the process can exit while the database hangs."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._engine.dispose()
        self._connections.cut()

    async def record(self, records: Sequence[JobRecord]) -> None:
        """Write all records in one transaction; an older version than the stored one changes nothing.

        Records that the database rejects are left out: RecordsRefused lists them after the others are written.
        """
        if refused := await self._record(records):
            raise RecordsRefused(refused)

    async def recorded(self, uids: Iterable[str]) -> set[str]:
        """Return the uids of the IfcJobs that are stored as finished."""
        return await self._ask(queries.recorded, list(uids))

    async def versions(self, uids: Iterable[str]) -> dict[str, int]:
        """Return the stored resource versions by uid, of finished and unfinished IfcJobs."""
        return await self._ask(recording.versions, list(uids))

    async def find_result(self, content_key: str) -> EarlierResult | None:
        """Return the newest result with that content key."""
        return await self._ask(queries.find_result, content_key)

    async def sha256_of(self, source_uri: str, etag: str, size: int) -> str | None:
        """Return the checksum of an object that an earlier run read and that has not changed."""
        return await self._ask(queries.sha256_of, source_uri, etag, size)

    async def memory_history(self, sha256: str | None, input_bytes: int, schema: str | None) -> MemoryHistory:
        """Return the memory that earlier runs of the same or similar files needed."""
        return await self._ask(queries.memory_history, sha256, input_bytes, schema)

    async def history(self, namespace: str, query: HistoryQuery) -> list[Row]:
        """Return a page of the finished and deleted IfcJobs of a namespace, newest end first."""
        return await self._ask(history_page, namespace, query)

    async def history_job(self, namespace: str, uid: str) -> Row | None:
        """Return an IfcJob with its spec, all attempts and artifacts, or None."""
        return await self._ask(history_job, namespace, uid)

    async def past_runs(self, namespace: str, queue: str, since: datetime) -> list[PastRun]:
        """Return the IfcJobs of a queue that ended since a time, newest end first, up to a bound."""
        return await self._ask(past_runs, namespace, queue, since)

    async def result_namespaces(self) -> set[str]:
        """Return the namespaces in which jobs have succeeded."""
        return await self._ask(model_queries.result_namespaces)

    async def newest_results(
        self, namespaces: Iterable[str], sha256: str | None = None, *, limit: int = 10_000
    ) -> list[RecordedResult]:
        """Return the newest result per model in these namespaces, newest first; of one model with `sha256`."""
        return await self._ask(model_queries.newest_results, sorted(namespaces), sha256, limit)

    async def claim(self, limit: int) -> list[Delivery]:
        """Take notifications that are due; no other sender gets them for a while."""
        return await self._ask(sending.claim, limit)

    async def keep(self, delivery: Delivery, tried: Tried) -> None:
        """Keep the result of sending a notification."""
        await self._ask(sending.keep, delivery, tried)

    async def next_due(self) -> datetime | None:
        """Return when the next notification is due, or None."""
        return await self._ask(sending.next_due)

    async def count_given_up(self) -> int:
        """Return how many notifications were given up."""
        return await self._ask(sending.count_given_up)

    async def _record(self, records: Sequence[JobRecord]) -> dict[str, str]:
        try:
            await self._ask(recording.record, records)
        except (CatalogUnavailable, CatalogOutdated):
            raise
        except Exception as error:  # noqa: BLE001 - one record is the cause, and the others must not wait for it
            if len(records) == 1:
                return {records[0].ifcjob.metadata.uid: first_line(error, self._url)}
            middle = len(records) // 2
            return await self._record(records[:middle]) | await self._record(records[middle:])
        return {}

    async def _ask(
        self,
        query: Callable[Concatenate[Connection, Parameters], Answer],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Answer:
        def answer() -> Answer:
            with plain_errors(self._url), self._engine.begin() as connection:
                return query(connection, *args, **kwargs)

        future = asyncio.get_running_loop().run_in_executor(self._threads, answer)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await future
        except TimeoutError:
            raise CatalogUnavailable(f"the catalog does not answer: nothing in {ANSWER_SECONDS} s") from None
