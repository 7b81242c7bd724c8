"""Writes the history of IfcJobs to the catalog, sooner or later: a database that is down delays it and nothing else."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from ifcjob.manifest import Manifest as RunManifest
from ifcjob.status import FINISHED_PHASES
from ifcjob_catalog import Catalog, CatalogOutdated, CatalogUnavailable, JobRecord
from ifcjob_operator import metrics
from ifcjob_operator.cluster import Cluster, Key
from ifcjob_operator.connection import Manifest
from ifcjob_operator.parse import InvalidIfcJob, ifcjob_of

BATCH = 500
PAUSE_SECONDS = 0.5
"""Transitions of the same IfcJob within it become one row."""

log = structlog.get_logger()


class History:
    """What has to be written, and which finished IfcJobs are."""

    def __init__(self, catalog: Catalog, cluster: Cluster) -> None:
        self._catalog = catalog
        self._cluster = cluster
        self._waiting: dict[str, tuple[Manifest, RunManifest | None, datetime | None]] = {}
        self._unsure: dict[str, Key] = {}
        """Finished IfcJobs that a former process may or may not have written."""
        self._recorded: set[str] = set()
        self._changed = asyncio.Event()

    def note(self, item: Manifest, manifest: RunManifest | None = None, deleted_at: datetime | None = None) -> None:
        """Have a version of an IfcJob written; of several the newest."""
        uid = item["metadata"]["uid"]
        _, known, gone = self._waiting.get(uid, (None, None, None))
        self._waiting[uid] = (item, manifest or known, deleted_at or gone)
        self._recorded.discard(uid)
        self._changed.set()

    def note_deleted(self, item: Manifest) -> None:
        """Have it written that an IfcJob was deleted."""
        self.note(item, deleted_at=datetime.now(UTC))

    def check(self, finished: Iterable[tuple[str, Key]]) -> None:
        """Have finished IfcJobs written unless they are; after a start nobody knows."""
        self._unsure.update(finished)
        self._changed.set()

    def is_recorded(self, uid: str) -> bool:
        """Tell whether a finished IfcJob is in the catalog."""
        return uid in self._recorded

    def forget(self, uid: str) -> None:
        """Forget an IfcJob that is gone."""
        self._recorded.discard(uid)

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(PAUSE_SECONDS)
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type((CatalogUnavailable, CatalogOutdated)),
                wait=wait_random_exponential(multiplier=1, max=30),
                before_sleep=lambda state: log.warning(
                    "history delayed", waiting=len(self), error=str(state.outcome.exception() if state.outcome else "")
                ),
            ):
                with attempt:
                    await self.flush()

    async def flush(self) -> None:
        """Write what there is; CatalogUnavailable leaves it for later."""
        self._changed.clear()
        while self._unsure:
            await self._check_some()
        while self._waiting:
            await self._write_some()

    def __len__(self) -> int:
        """Return how many IfcJobs are to be written or checked."""
        return len(self._waiting) + len(self._unsure)

    async def _check_some(self) -> None:
        some = dict(list(self._unsure.items())[:BATCH])
        written = await self._catalog.recorded(list(some))
        self._recorded |= written
        for uid in some.keys() - written:
            item = await self._cluster.ifcjob(some[uid])
            if item is not None and item["metadata"]["uid"] == uid:
                self.note(item)
        for uid in some:
            self._unsure.pop(uid, None)

    async def _write_some(self) -> None:
        some = dict(list(self._waiting.items())[:BATCH])
        metrics.HISTORY_WAITING.set(len(self))
        records = []
        for item, manifest, deleted_at in some.values():
            try:
                records.append(JobRecord(ifcjob_of(item), manifest=manifest, deleted_at=deleted_at))
            except InvalidIfcJob as error:
                log.exception("ifcjob unreadable", uid=item["metadata"]["uid"], error=str(error))
        await self._catalog.record(records)
        for uid, written in some.items():
            if self._waiting.get(uid) is written:
                del self._waiting[uid]
                if (written[0].get("status") or {}).get("phase") in FINISHED_PHASES and written[2] is None:
                    self._recorded.add(uid)
        metrics.HISTORY_WAITING.set(len(self))
