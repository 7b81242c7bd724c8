"""Writes the status of IfcQueues, when it has changed, and their gauges."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ifcjob_backends.cluster.errors import ClusterError, NotFound
from ifcjob_backends.cluster.objects import Key
from ifcjob_operator import metrics
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.repeated import RepeatedWarnings

if TYPE_CHECKING:
    from ifcjob.ifcqueue import IfcQueueStatus

GAUGES = (
    metrics.QUEUE_SLOTS,
    metrics.QUEUE_PENDING,
    metrics.QUEUE_ACTIVE,
    metrics.QUEUE_DEMAND,
    metrics.QUEUE_OLDEST,
    metrics.QUEUE_ADMITTING,
)


class QueueStatusWriter:
    """Remembers the last written status of each queue."""

    def __init__(self, queues: Queues, cluster: Cluster) -> None:
        self._queues = queues
        self._cluster = cluster
        self._written: dict[Key, tuple[str, IfcQueueStatus]] = {}
        """The status, and the uid of its queue: a queue that is created again under a name has none yet."""
        self._measured: set[Key] = set()
        self._warnings = RepeatedWarnings()

    async def write(self) -> None:
        """Write each status that has changed; a failed write is repeated by the next call."""
        now = datetime.now(UTC)
        stale, self._queues.stale = self._queues.stale, set()
        for key in self._queues.names():
            if not self._queues.exists(key):  # removed during another queue's write
                continue
            if key in stale:
                await self._write(key, now)
            self._measure(key, now)
        for key in self._measured - set(self._queues.names()):
            self._forget(key)

    async def _write(self, key: Key, now: datetime) -> None:
        status, queue = self._queues.status_of(key, now), self._queues.seen(key)
        if queue is None or self._written.get(key) == (queue.metadata.uid, status):
            return
        body = status.model_dump(mode="json", by_alias=True)
        try:
            await self._cluster.patch_queue_status(key, body)
        except NotFound:
            self._queues.remove_queue(key)
        except ClusterError as error:
            self._warnings.warn("/".join(key), "queue status not written", str(error), queue="/".join(key))
            self._queues.stale.add(key)
        else:
            self._written[key] = (queue.metadata.uid, status)

    def _measure(self, key: Key, now: datetime) -> None:
        if not self._queues.exists(key):
            return
        status = self._queues.status_of(key, now)
        self._measured.add(key)
        metrics.QUEUE_SLOTS.labels(*key).set(status.slots)
        metrics.QUEUE_PENDING.labels(*key).set(status.pending)
        metrics.QUEUE_ACTIVE.labels(*key).set(status.active)
        metrics.QUEUE_DEMAND.labels(*key).set(status.demand)
        metrics.QUEUE_ADMITTING.labels(*key).set(status.conditions[0].status == "True")
        oldest = status.oldest_pending_at
        metrics.QUEUE_OLDEST.labels(*key).set((now - oldest).total_seconds() if oldest else 0)

    def _forget(self, key: Key) -> None:
        """Drop the metrics of a deleted queue, and write the status of a new queue of its name."""
        self._measured.discard(key)
        self._written.pop(key, None)
        for gauge in GAUGES:
            gauge.remove(*key)
