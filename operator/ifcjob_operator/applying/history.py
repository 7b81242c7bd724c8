"""Writes the history of IfcJobs to the catalog, in the background: a database that is down delays nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Protocol, TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, wait_random_exponential

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.notifications import Notification
from ifcjob.resource import IfcJob
from ifcjob.status import FINISHED_PHASES
from ifcjob_backends.cluster.objects import Key, KubeObject, version_of
from ifcjob_catalog import Catalog, JobRecord, RecordsRefused
from ifcjob_operator import metrics
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.cluster.objects import InvalidIfcJob, ifcjob_of
from ifcjob_operator.repeated import RepeatedWarnings
from ifcjob_operator.storage.documents import Artifacts

Queued = TypeVar("Queued")
NotificationsOf = Callable[[IfcJob], Sequence[Notification]]

BATCH = 500
CONCURRENT_READS = 16

log = structlog.get_logger()


@dataclass(frozen=True)
class HistoryTiming:
    """In seconds."""

    pause: float = 0.5
    """Transitions of an IfcJob within this time become one row."""
    retry_artifacts: float = 15.0
    """When to ask again an object store that did not answer."""


class UnfinishedIfcJob(Protocol):
    """An IfcJob in the cache: its JSON is made when it is read."""

    @property
    def uid(self) -> str:
        """Return its uid."""

    @property
    def version(self) -> int:
        """Return its resourceVersion."""

    @property
    def item(self) -> KubeObject:
        """Return it as JSON."""


class History:
    """The IfcJobs whose history is to be written, and the finished ones whose history is."""

    def __init__(
        self,
        catalog: Catalog,
        cluster: Cluster,
        artifacts: Callable[[IfcJob], Awaitable[Artifacts]],
        timing: HistoryTiming | None = None,
    ) -> None:
        """`artifacts` reads manifest and metadata of a finished job."""
        self._timing = timing or HistoryTiming()
        self._catalog = catalog
        self._cluster = cluster
        self._artifacts = artifacts
        self._waiting: dict[str, tuple[KubeObject, datetime | None]] = {}
        self._later: dict[str, tuple[KubeObject, datetime | None]] = {}
        """Written without their artifacts: the object store did not answer."""
        self._unsure: dict[str, Key] = {}
        """IfcJobs that were finished at the start; a former process may have written them."""
        self._unfinished: dict[str, UnfinishedIfcJob] = {}
        """IfcJobs that were unfinished at the start."""
        self._recorded: set[str] = set()
        self._notifications_of: NotificationsOf = _no_notifications
        self._notifications_written: Callable[[], None] | None = None
        self._changed = asyncio.Event()
        self._warnings = RepeatedWarnings()

    def notify(self, notifications_of: NotificationsOf, written: Callable[[], None]) -> None:
        """Record the notifications of IfcJobs with them, and call `written` when there may be some to send."""
        self._notifications_of, self._notifications_written = notifications_of, written

    def note(self, item: KubeObject, deleted_at: datetime | None = None) -> None:
        """Queue a version of an IfcJob for writing; the newest counts."""
        uid = item["metadata"]["uid"]
        self._unfinished.pop(uid, None)
        known = self._waiting.get(uid) or self._later.pop(uid, None)
        if known and version_of(known[0]) > version_of(item):
            item = known[0]
        self._waiting[uid] = (item, deleted_at or (known[1] if known else None))
        self._recorded.discard(uid)
        self._changed.set()

    def note_deleted(self, item: KubeObject) -> None:
        """Queue the deletion of an IfcJob for writing."""
        self.note(item, deleted_at=datetime.now(UTC))

    def check(self, finished: Iterable[tuple[str, Key]]) -> None:
        """Queue the IfcJobs that were finished at the start; those not in the catalog are written."""
        self._unsure.update(finished)
        self._changed.set()

    def check_unfinished(self, ifcjobs: Iterable[UnfinishedIfcJob]) -> None:
        """Queue the IfcJobs that were unfinished at the start; those newer than the catalog's are written."""
        self._unfinished.update((ifcjob.uid, ifcjob) for ifcjob in ifcjobs)
        self._changed.set()

    def is_recorded(self, uid: str) -> bool:
        """Return whether a finished IfcJob is in the catalog."""
        return uid in self._recorded

    async def run(self) -> None:
        """Write until cancelled; every error is retried."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._timing.retry_artifacts if self._later else None):
                    await self._changed.wait()
            await asyncio.sleep(self._timing.pause)
            self._waiting = self._later | self._waiting
            self._later = {}
            async for attempt in AsyncRetrying(
                wait=wait_random_exponential(multiplier=1, max=10),
                before_sleep=self._delayed,
            ):
                with attempt:
                    await self.flush()

    def _delayed(self, state: RetryCallState) -> None:
        metrics.HISTORY_FAILURES.inc()
        error = state.outcome.exception() if state.outcome else ""
        self._warnings.warn("", "history delayed", repr(error), waiting=len(self))

    async def flush(self) -> None:
        """Write everything that is queued; CatalogUnavailable leaves the rest queued."""
        self._changed.clear()
        while self._unsure or self._unfinished or self._waiting:
            if self._unsure:
                await self._check_some()
            if self._unfinished:
                await self._check_some_unfinished()
            while self._waiting:  # before more are checked: there may be thousands
                await self._write_some()

    def __len__(self) -> int:
        """Return the number of IfcJobs to write or check."""
        return len(self._waiting) + len(self._unsure) + len(self._unfinished) + len(self._later)

    async def _check_some(self) -> None:
        some = _batch(self._unsure)
        written = await self._catalog.recorded(list(some))
        self._recorded |= written
        for uid in some.keys() - written:
            item = await self._cluster.ifcjob(some[uid])
            if item is not None and item["metadata"]["uid"] == uid:
                self.note(item)
        for uid in some:
            self._unsure.pop(uid, None)

    async def _check_some_unfinished(self) -> None:
        some = _batch(self._unfinished)
        written = await self._catalog.versions(list(some))
        for uid, ifcjob in some.items():
            # One that was noted meanwhile is queued in a newer version.
            if self._unfinished.pop(uid, None) is ifcjob and written.get(uid, -1) < ifcjob.version:
                self.note(ifcjob.item)

    async def _write_some(self) -> None:
        some = _batch(self._waiting)
        limit = asyncio.Semaphore(CONCURRENT_READS)
        records = await asyncio.gather(*(self._record(uid, noted, limit) for uid, noted in some.items()))
        refused = await self._refused([record for record in records if record is not None])
        for uid, noted in some.items():
            if self._waiting.get(uid) is not noted:
                continue  # a newer version came meanwhile
            del self._waiting[uid]
            if uid not in self._later and uid not in refused and _is_finished(noted[0]) and noted[1] is None:
                self._recorded.add(uid)

    async def _refused(self, records: list[JobRecord]) -> frozenset[str]:
        """Write the records; return the uids of those that the catalog rejects, whose IfcJobs are therefore kept."""
        try:
            await self._catalog.record(records)
        except RecordsRefused as refused:
            for uid, message in refused.messages.items():
                log.error("history refused", uid=uid, error=message)  # noqa: TRY400 - the message suffices
                self._later.pop(uid, None)
            return frozenset(refused.messages)
        finally:
            if self._notifications_written is not None and any(record.notifications for record in records):
                self._notifications_written()
        return frozenset()

    async def _record(
        self, uid: str, noted: tuple[KubeObject, datetime | None], limit: asyncio.Semaphore
    ) -> JobRecord | None:
        item, deleted_at = noted
        try:
            ifcjob = ifcjob_of(item)
        except InvalidIfcJob as error:
            log.warning("ifcjob unreadable", uid=uid, error=str(error))
            return None
        manifest, metadata = None, None
        if _is_finished(item):
            try:
                async with limit:
                    manifest, metadata = await self._artifacts(ifcjob)
            except RunFailure as failure:
                self._warnings.warn(uid, "artifacts not recorded yet", failure.message, uid=uid)
                if failure.reason is FailureReason.STORAGE_UNAVAILABLE:
                    self._later[uid] = noted
        return JobRecord(
            ifcjob,
            manifest=manifest,
            metadata=metadata,
            deleted_at=deleted_at,
            spec=item["spec"],
            notifications=self._notifications_of(ifcjob),
        )


def _no_notifications(_: IfcJob) -> Sequence[Notification]:
    return ()


def _batch(queued: Mapping[str, Queued]) -> dict[str, Queued]:
    return dict(islice(queued.items(), BATCH))


def _is_finished(item: KubeObject) -> bool:
    return (item.get("status") or {}).get("phase") in FINISHED_PHASES
