"""The catalog as a program uses it: asynchronous, with an end to every wait, and back as soon as the database is."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import URL, Connection, Engine

from ifcjob_catalog import questions, recording
from ifcjob_catalog.connection import (
    CONNECT_SECONDS,
    CONNECTIONS,
    STATEMENT_SECONDS,
    OpenConnections,
    database_url,
    engine_for,
)
from ifcjob_catalog.errors import CatalogOutdated, CatalogUnavailable, RecordsRefused, first_line, plain_errors
from ifcjob_catalog.questions import FormerResult, MemoryHistory
from ifcjob_catalog.rows import JobRecord

ANSWER_SECONDS = CONNECT_SECONDS + STATEMENT_SECONDS
"""A server that is frozen keeps neither its own deadline nor the network's."""

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Catalog:
    """A database with the history of IfcJobs; safe to use from many tasks."""

    def __init__(self, url: URL, engine: Engine) -> None:
        self._url, self._engine = url, engine
        self._connections = OpenConnections(engine)
        # Of its own: while the database hangs, its threads do, and nobody else's. As many as there are connections.
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="catalog")

    @classmethod
    def open(cls, url: str) -> Self:
        """Use the database of a URL, which need not be up yet. Raises InvalidDatabaseUrl."""
        place = database_url(url)
        return cls(place, engine_for(place))

    def close(self) -> None:
        """Close the connections; a question under way fails, else a process could not end while the database hangs."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._engine.dispose()
        self._connections.cut()

    async def record(self, records: Sequence[JobRecord]) -> None:
        """Write all or nothing; a version older than what is there changes nothing.

        What the database cannot hold is left out: RecordsRefused names it when the others are written.
        """
        if refused := await self._record(records):
            raise RecordsRefused(refused)

    async def recorded(self, uids: Iterable[str]) -> set[str]:
        """Return those of the IfcJobs whose end is written."""
        return await self._ask(questions.recorded, list(uids))

    async def versions(self, uids: Iterable[str]) -> dict[str, int]:
        """Return the resource versions of those IfcJobs that are written, finished or not."""
        return await self._ask(recording.versions, list(uids))

    async def find_result(self, content_key: str) -> FormerResult | None:
        """Return the newest result with that content key."""
        return await self._ask(questions.find_result, content_key)

    async def sha256_of(self, source_uri: str, etag: str, size: int) -> str | None:
        """Return the checksum of an object that was read before and has not changed since."""
        return await self._ask(questions.sha256_of, source_uri, etag, size)

    async def memory_history(self, sha256: str | None, input_bytes: int, schema: str | None) -> MemoryHistory:
        """Return what is known of the memory that a file will need."""
        return await self._ask(questions.memory_history, sha256, input_bytes, schema)

    async def _record(self, records: Sequence[JobRecord]) -> dict[str, str]:
        try:
            await self._ask(recording.record, records)
        except (CatalogUnavailable, CatalogOutdated):
            raise
        except Exception as error:  # noqa: BLE001 - one of them is at fault, and the others must not wait for it
            if len(records) == 1:
                return {records[0].ifcjob.metadata.uid: first_line(error, self._url)}
            middle = len(records) // 2
            return await self._record(records[:middle]) | await self._record(records[middle:])
        return {}

    async def _ask(
        self,
        question: Callable[Concatenate[Connection, Asked], Answer],
        *args: Asked.args,
        **kwargs: Asked.kwargs,
    ) -> Answer:
        def answer() -> Answer:
            with plain_errors(self._url), self._engine.begin() as connection:
                return question(connection, *args, **kwargs)

        future = asyncio.get_running_loop().run_in_executor(self._threads, answer)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await future
        except TimeoutError:
            raise CatalogUnavailable(f"the catalog does not answer: nothing in {ANSWER_SECONDS} s") from None
