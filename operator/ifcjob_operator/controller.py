"""The leader's work: list everything once, then watch, reconcile, admit, resync and write the status of queues."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError

from ifcjob.ifcqueue import IfcQueue, IfcQueueStatus
from ifcjob_backends.cluster.errors import ClusterError
from ifcjob_backends.cluster.objects import Key, KubeObject, key_of
from ifcjob_backends.tasks import end_tasks
from ifcjob_operator import metrics
from ifcjob_operator.applying.apply import Applier
from ifcjob_operator.applying.history import History
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.cluster.objects import InvalidIfcJob
from ifcjob_operator.cluster.shard import Shard
from ifcjob_operator.notifying.notifier import Notifier
from ifcjob_operator.observing.cache import Cache
from ifcjob_operator.observing.entry import Entry, Posted
from ifcjob_operator.observing.health import Health
from ifcjob_operator.observing.listing import listed
from ifcjob_operator.observing.observe import FactSource, Observer
from ifcjob_operator.observing.resync import Resync
from ifcjob_operator.observing.watching import Kind, Watch
from ifcjob_operator.planning.attempts import under_way
from ifcjob_operator.queueing.declared import keep_queues, read_queues
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.queueing.status_writer import QueueStatusWriter
from ifcjob_operator.reconcile import Reconciler
from ifcjob_operator.repeated import RepeatedWarnings
from ifcjob_operator.settings.fields import Settings
from ifcjob_operator.timers import Timers
from ifcjob_operator.work_queue import WorkQueue

MAX_BACKOFF_SECONDS = 60.0
SHUTDOWN_SECONDS = 10.0
"""How long an orderly shutdown waits for running reconciliations, and again for the history."""
FINISHED_PER_TICK = 500

log = structlog.get_logger()


class Controller:
    """The work that only one replica may do. Before `run` it is idle and knows nothing."""

    def __init__(
        self,
        settings: Settings,
        cluster: Cluster,
        fact_source: FactSource,
        applier: Applier,
        history: History | None,
        health: Health,
        watch: Watch,
        notifier: Notifier | None = None,
    ) -> None:
        self._settings, self._cluster, self._history, self._health = settings, cluster, history, health
        self._watch, self._notifier = watch, notifier
        self._shard = Shard(count=settings.shards)
        self.cache = Cache()
        self.queues = Queues(timedelta(seconds=settings.backfill_seconds), settings.runner_defaults)
        self._work = WorkQueue()
        self._warnings = RepeatedWarnings()
        self._timers = Timers(self.wake)
        self._stop_watches = asyncio.Event()
        self._finished: deque[Key] = deque()
        """IfcJobs found finished at the start; processed gradually so that they do not delay the others."""
        self._states = QueueStatusWriter(self.queues, cluster)
        self._reconciler = Reconciler(
            observer=Observer(self.cache, self.queues, cluster, fact_source, history),
            cache=self.cache,
            queues=self.queues,
            cluster=cluster,
            applier=applier,
            history=history,
            policy=settings.policy,
            wake=self.wake,
            recheck=self._timers.set,
            notify=notifier.attach(self.queues.notifications_of, history) if notifier else None,
        )

    @property
    def is_synced(self) -> bool:
        """Whether this replica leads and has listed everything once."""
        return self._health.synced

    def wake(self, key: Key) -> None:
        """Have an IfcJob reconciled soon."""
        self._work.put(key)

    def uid_of(self, key: Key) -> str | None:
        """Return the uid of an IfcJob, or None."""
        entry = self.cache.get(key)
        return entry.uid if entry else None

    def take(self, key: Key, attempt: int, posted: Posted) -> bool:
        """Keep the progress or the report of an attempt for the next plan; False when it is not under way."""
        entry = self._entry_of(key, attempt)
        if entry is None:
            return False
        if entry.facts.keep(attempt, posted):
            self.wake(key)
        return True

    def _entry_of(self, key: Key, attempt: int) -> Entry | None:
        """Return the entry of an IfcJob whose attempt of this number is under way."""
        entry = self.cache.get(key)
        current = under_way(entry.ifcjob.status) if entry and not entry.is_finished else None
        return entry if current is not None and current.number == attempt else None

    def queue_status(self, key: Key) -> IfcQueueStatus | None:
        """Return a queue's depth as of now, or None."""
        return self.queues.status_of(key, datetime.now(UTC)) if self.queues.exists(key) else None

    async def run(self, stop: asyncio.Event, take_signals: Callable[[], None], shard: int = 0) -> None:
        """Lead a shard until `stop`, then shut down in order; raise when any part fails or ends."""
        started = time.monotonic()
        self._shard = Shard(shard, self._settings.shards)
        await self._list_everything()
        self._health.note_synced(self._settings.namespaces)
        log.info("synced", ifcjobs=len(self.cache), seconds=round(time.monotonic() - started, 3))
        workers = [asyncio.create_task(self._worker(), name="worker") for _ in range(self._settings.workers)]
        parts = [asyncio.create_task(part, name=name) for name, part in self._parts(take_signals).items()]
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            done, _ = await asyncio.wait([*workers, *parts, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                task.result()
                raise RuntimeError(f"{task.get_name()} has ended")
            await self._shut_down()
        finally:
            self._stop_watches.set()
            await end_tasks([*workers, *parts, stopping])

    def _parts(self, take_signals: Callable[[], None]) -> dict[str, Coroutine[Any, Any, None]]:
        settings = self._settings
        resync = Resync(
            self.cache, self.queues, self._cluster, settings.namespaces, self.handle, self._health, self._shard
        )
        parts = {
            "watch": self._watch(
                self._cluster, settings.namespaces, self._health.ages, self._watched, self._stop_watches, take_signals
            ),
            "resync": resync.run(settings.resync_seconds),
            "tick": self._tick(),
        }
        if settings.queues_file is not None:
            declared = [item for item in read_queues(settings.queues_file) if self._shard.owns("ifcqueues", item)]
            parts["queues"] = keep_queues(self._cluster, declared, settings.resync_seconds)
        if self._notifier is not None:
            parts["notifications"] = self._notifier.sender.run()
        return parts if self._history is None else parts | {"history": self._history.run()}

    def _watched(self, kind: Kind, event: str, item: KubeObject) -> None:
        """Take in a watch event, unless its object is of another shard."""
        if self._shard.owns(kind, item):
            self.handle(kind, event, item)

    def handle(self, kind: Kind, event: str, item: KubeObject) -> None:
        """Take in an event; wake the IfcJob when it changes anything."""
        deleted = event == "DELETED"
        if kind == "ifcqueues":
            self._take_queue(item, deleted=deleted)
            return
        if kind == "jobs":
            entry = self.cache.drop_job(item) if deleted else self.cache.take_job(item)
        elif deleted:
            entry = self.cache.drop_ifcjob(item)
            if self._history is not None:  # also when a reconciliation has already dropped it from the cache
                self._history.note_deleted(item)
        else:
            entry = self.cache.take_ifcjob(item)
            if entry is not None and self._history is not None:  # its first status may be hours away
                self._history.note(item)
        if entry is not None:
            self.wake(entry.key)

    def _take_queue(self, item: KubeObject, *, deleted: bool) -> None:
        key = key_of(item)
        if deleted:
            self.queues.remove_queue(key)
        else:
            queue = _queue_of(item)
            if queue is None:
                return
            if not self.queues.put_queue(queue):
                self._reconciler.admit()
                return
        for job in self.queues.jobs_of(key):
            self.wake(job)
        self._reconciler.admit()

    async def _list_everything(self) -> None:
        """List everything before anything is admitted, and count the jobs that hold a slot."""
        async for kind, item in listed(self._cluster, self._settings.namespaces, self._shard):
            if kind == "ifcjobs":
                self.cache.take_ifcjob(item)
            elif kind == "jobs":  # of a Job whose IfcJob is cached, little is kept
                self.cache.take_job(item)
            elif (queue := _queue_of(item)) is not None:
                self.queues.put_queue(queue)
        for entry in self.cache:
            if entry.is_finished:
                self._finished.append(entry.key)
                continue
            if entry.is_under_way:
                with suppress(InvalidIfcJob):
                    self._reconciler.update_queue(entry)
            self.wake(entry.key)
        if self._history is not None:
            self._history.check((entry.uid, entry.key) for entry in self.cache if entry.is_finished)
            self._history.check_unfinished(entry for entry in self.cache if not entry.is_finished)

    async def _worker(self) -> None:
        while True:
            key = await self._work.get()
            started = time.monotonic()
            try:
                await self._reconciler.reconcile(key)
                self._note_success(key)
                metrics.RECONCILES.labels("success").inc()
            except Exception as error:  # noqa: BLE001 - a failing IfcJob must not stop the others
                self._requeue(key, error)
            finally:
                self._work.done(key)
                metrics.RECONCILE_DURATION.observe(time.monotonic() - started)
            # Many reconciliations wait for nothing: without this, thousands in a row delay the renewal of the Lease.
            await asyncio.sleep(0)

    def _note_success(self, key: Key) -> None:
        if (entry := self.cache.get(key)) is not None:
            entry.failures = 0

    def _requeue(self, key: Key, error: Exception) -> None:
        failures, subject = 1, "/".join(key)
        if (entry := self.cache.get(key)) is not None:
            failures = entry.failures = entry.failures + 1
            subject = entry.uid
        wait = min(MAX_BACKOFF_SECONDS, 0.5 * 2 ** min(failures, 10))
        metrics.RECONCILES.labels("error").inc()
        trace = not isinstance(error, ClusterError)
        self._warnings.warn(
            subject, "reconcile failed", repr(error), ifcjob="/".join(key), again_in=wait, exc_info=trace
        )
        self._timers.set(key, datetime.now(UTC) + timedelta(seconds=wait))

    async def _tick(self) -> None:
        """Once per second: set the gauges, re-evaluate backfill deadlines, admit, write the status of queues."""
        while True:
            await asyncio.sleep(1)
            for _ in range(min(FINISHED_PER_TICK, len(self._finished))):
                self.wake(self._finished.popleft())
            metrics.WORK_QUEUE.set(len(self._work))
            metrics.KNOWN.set(len(self.cache))
            metrics.HISTORY_WAITING.set(len(self._history) if self._history is not None else 0)
            self.queues.recheck_backfill()
            self._reconciler.admit()
            await self._states.write()

    async def _shut_down(self) -> None:
        """Finish running reconciliations, then write the history."""
        await self._work.drain(SHUTDOWN_SECONDS)
        if self._history is not None:
            try:
                async with asyncio.timeout(SHUTDOWN_SECONDS):
                    await self._history.flush()
            except Exception as error:  # noqa: BLE001 - the next start writes it
                log.warning("history not written", waiting=len(self._history), error=repr(error))


def _queue_of(item: KubeObject) -> IfcQueue | None:
    """Parse an IfcQueue; log and return None when this release cannot read it."""
    try:
        return IfcQueue.model_validate(item)
    except ValidationError as error:
        log.warning("ifcqueue unreadable", queue=item["metadata"]["name"], error=str(error))
        return None
