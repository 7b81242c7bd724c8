"""What the leading replica does: list everything once, then watch, reconcile, admit, resync and write queue states."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError

from ifcjob.ifcqueue import IfcQueue, IfcQueueStatus
from ifcjob.status import JobProgress
from ifcjob_operator import metrics
from ifcjob_operator.applying.apply import Requests
from ifcjob_operator.applying.history import History
from ifcjob_operator.applying.transitions import Transitions
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.cluster.client import ClusterError
from ifcjob_operator.cluster.objects import InvalidIfcJob, Key, KubeObject, key_of
from ifcjob_operator.observing.cache import Cache, Entry
from ifcjob_operator.observing.health import Health
from ifcjob_operator.observing.observe import FactSource, Observer
from ifcjob_operator.observing.resync import Resync
from ifcjob_operator.observing.watches import Kind, watch
from ifcjob_operator.planning.attempts import under_way
from ifcjob_operator.queueing.declared import keep_queues, read_queues
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.queueing.slot_demand import slot_demand
from ifcjob_operator.queueing.status_writer import QueueStatusWriter
from ifcjob_operator.reconcile import Reconciler
from ifcjob_operator.settings.fields import Settings
from ifcjob_operator.timers import Timers
from ifcjob_operator.work_queue import WorkQueue

LONGEST_WAIT_SECONDS = 60.0
FINISH_SECONDS = 10.0
"""How long an ordered shutdown waits for what is under way, and again for the history."""

FINISHED_PER_TICK = 500

log = structlog.get_logger()


class Controller:
    """Everything that only one replica may do."""

    def __init__(
        self,
        settings: Settings,
        cluster: Cluster,
        fact_source: FactSource,
        requests: Requests,
        history: History | None,
        health: Health,
    ) -> None:
        self._settings, self._cluster, self._history, self._health = settings, cluster, history, health
        self.cache = Cache()
        self.queues = Queues(timedelta(seconds=settings.backfill_seconds))
        self._work = WorkQueue()
        self._timers = Timers(self.wake)
        self._failures: dict[Key, int] = {}
        self._stop, self._watching = asyncio.Event(), asyncio.Event()
        self._finished: deque[Key] = deque()
        """Finished at the start: looked at by and by, so that they hold nobody up."""
        self._states = QueueStatusWriter(self.queues, cluster)
        self._reconciler = Reconciler(
            observer=Observer(self.cache, self.queues, cluster, fact_source, history),
            cache=self.cache,
            queues=self.queues,
            cluster=cluster,
            requests=requests,
            history=history,
            policy=settings.policy,
            pods=settings.pods,
            transitions=Transitions(),
            wake=self.wake,
            recheck=self._timers.set,
        )

    @property
    def is_synced(self) -> bool:
        """Whether everything has been seen once."""
        return self._health.synced

    def wake(self, key: Key) -> None:
        """Have an IfcJob reconciled soon."""
        self._work.put(key)

    def take_progress(self, key: Key, attempt: int, progress: JobProgress) -> None:
        """Take in what a genuine runner says."""
        entry = self.cache.get(key)
        if entry is None:
            return
        known = entry.facts.progress if entry.facts.progress_of == attempt else None
        if known is None or known.percent <= progress.percent:
            entry.facts.progress, entry.facts.progress_of = progress, attempt
            self.wake(key)

    async def run(self, stop: asyncio.Event, listen: Callable[[], None]) -> None:
        """Lead until `stop`, then end what is under way; any part that dies ends it with an exception."""
        started = time.monotonic()
        await self._list_everything()
        self._health.note_synced()
        log.info("synced", ifcjobs=len(self.cache), seconds=round(time.monotonic() - started, 3))
        workers = [asyncio.create_task(self._worker(), name="worker") for _ in range(self._settings.workers)]
        others = [asyncio.create_task(part, name=name) for name, part in self._parts().items()]
        stopping = asyncio.create_task(self._stopping(stop, listen), name="stop")
        try:
            done, _ = await asyncio.wait([*workers, *others, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                task.result()
                # kopf has had a signal before we took them back: to stop is what was asked.
                if task.get_name() != "watch":
                    raise RuntimeError(f"{task.get_name()} has ended")
            await self._finish()
        finally:
            self._stop.set()
            for task in [*workers, *others, stopping]:
                task.cancel()
            await asyncio.gather(*workers, *others, stopping, return_exceptions=True)

    async def _stopping(self, stop: asyncio.Event, listen: Callable[[], None]) -> None:
        """Wait to be asked to stop; kopf takes the signals for itself when it begins, and would cancel all of ours."""
        await self._watching.wait()
        listen()
        await stop.wait()

    def _parts(self) -> dict[str, Coroutine[Any, Any, None]]:
        settings = self._settings
        resync = Resync(self.cache, self.queues, self._cluster, settings.namespaces, self.handle, self._health)
        parts = {
            "watch": watch(
                self._cluster, settings.namespaces, self._health.ages, self.handle, self._stop, self._watching
            ),
            "resync": resync.run(settings.resync_seconds),
            "tick": self._tick(),
        }
        if settings.queues_file is not None:
            parts["queues"] = keep_queues(self._cluster, read_queues(settings.queues_file), settings.resync_seconds)
        return parts if self._history is None else parts | {"history": self._history.run()}

    def handle(self, kind: Kind, event: str, item: KubeObject) -> None:
        """Take in an event of a watch; only what is news is reconciled."""
        deleted = event == "DELETED"
        if kind == "ifcqueues":
            self._take_queue(item, deleted=deleted)
            return
        entry: Entry | None
        if kind == "jobs":
            entry = self.cache.drop_job(item) if deleted else self.cache.take_job(item)
        elif deleted:
            entry = self.cache.drop_ifcjob(item)
            if self._history is not None:  # a reconciliation may have found out before, and forgotten it
                self._history.note_deleted(item)
        else:
            entry = self.cache.take_ifcjob(item)
            if entry is not None and self._history is not None:  # it may wait long for its first status
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
        """See what there is before anything is admitted; jobs that hold a slot are counted first."""
        for namespace in self._settings.namespaces or (None,):
            async for item in self._cluster.ifcqueues(namespace):
                if (queue := _queue_of(item)) is not None:
                    self.queues.put_queue(queue)
            # Before their Jobs, which are small as soon as it is known whose they are.
            async for item in self._cluster.ifcjobs(namespace):
                self.cache.take_ifcjob(item)
            async for item in self._cluster.jobs(namespace):
                self.cache.take_job(item)
        for entry in self.cache:
            if entry.is_finished:
                self._finished.append(entry.key)
                continue
            self._count(entry)
            self.wake(entry.key)
        if self._history is not None:
            self._history.check((entry.uid, entry.key) for entry in self.cache if entry.is_finished)
            self._history.check_unfinished(entry.item for entry in self.cache if not entry.is_finished)

    def _count(self, entry: Entry) -> None:
        """Count an unfinished job that holds a slot."""
        try:
            ifcjob = entry.ifcjob
        except InvalidIfcJob:
            return
        if (attempt := under_way(ifcjob.status)) is not None:
            self.queues.put(ifcjob, slot_demand(ifcjob, datetime.now(UTC)), attempt.memory_limit)

    async def _worker(self) -> None:
        while True:
            key = await self._work.get()
            started = time.monotonic()
            try:
                await self._reconciler.reconcile(key)
                self._failures.pop(key, None)
                metrics.RECONCILES.labels("success").inc()
            except Exception as error:  # noqa: BLE001 - one IfcJob must not stop the others
                self._again(key, error)
            finally:
                self._work.done(key)
                metrics.RECONCILE_DURATION.observe(time.monotonic() - started)

    def _again(self, key: Key, error: Exception) -> None:
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        wait = min(LONGEST_WAIT_SECONDS, 0.5 * 2 ** min(failures, 10))
        metrics.RECONCILES.labels("error").inc()
        known = isinstance(error, ClusterError)
        log.warning("reconcile failed", ifcjob="/".join(key), error=repr(error), again_in=wait, exc_info=not known)
        self._timers.set(key, datetime.now(UTC) + timedelta(seconds=wait))

    async def _tick(self) -> None:
        """Write the states of queues and the gauges, once a second."""
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

    async def _finish(self) -> None:
        """End what is under way, in order: no new work, then the history."""
        await self._work.drain(FINISH_SECONDS)
        if self._history is not None:
            try:
                async with asyncio.timeout(FINISH_SECONDS):
                    await self._history.flush()
            except Exception as error:  # noqa: BLE001 - the next start writes it
                log.warning("history not written", waiting=len(self._history), error=repr(error))

    def queue_status(self, key: Key) -> IfcQueueStatus | None:
        """Return a queue's depth as of now."""
        return self.queues.status_of(key, datetime.now(UTC)) if self.queues.exists(key) else None


def _queue_of(item: KubeObject) -> IfcQueue | None:
    """Read an IfcQueue, or say that this release cannot."""
    try:
        return IfcQueue.model_validate(item)
    except ValidationError as error:
        log.warning("ifcqueue unreadable", queue=item["metadata"]["name"], error=str(error))
        return None
