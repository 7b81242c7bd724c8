"""Lists everything periodically and corrects the cache where a watch has missed a change or a deletion."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog

from ifcjob.labels import IFCJOB_LABEL
from ifcjob_backends.cluster.errors import ClusterError
from ifcjob_backends.cluster.objects import Key, KubeObject, key_of, version_of
from ifcjob_operator import metrics
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.cluster.shard import Shard
from ifcjob_operator.observing.cache import Cache
from ifcjob_operator.observing.entry import Entry
from ifcjob_operator.observing.health import Health
from ifcjob_operator.observing.listing import listed
from ifcjob_operator.observing.watching import Kind
from ifcjob_operator.queueing.queues import Queues

WHOLE = Shard()

log = structlog.get_logger()


@dataclass(frozen=True)
class _Known:
    """An object in the cache."""

    kind: Kind
    key: Key
    uid: str
    ifcjob: Key | None = None
    """Of a Job: the IfcJob it belongs to."""


class Resync:
    """Compares the cache with the cluster."""

    def __init__(
        self,
        cache: Cache,
        queues: Queues,
        cluster: Cluster,
        namespaces: Collection[str],
        handle: Callable[[Kind, str, KubeObject], None],
        health: Health,
        shard: Shard = WHOLE,
        in_flight_seconds: float = 10.0,
    ) -> None:
        """Give watches `in_flight_seconds` to deliver a difference before it counts as missed."""
        self._cache, self._queues = cache, queues
        self._cluster, self._namespaces = cluster, namespaces
        self._handle, self._health, self._in_flight_seconds = handle, health, in_flight_seconds
        self._shard = shard

    async def run(self, every_seconds: float) -> None:
        """Resync periodically, until cancelled."""
        while True:
            await asyncio.sleep(every_seconds)
            try:
                misses = await self.once()
            except ClusterError as error:
                log.warning("resync failed", error=str(error))
                continue
            metrics.RESYNC_MISSES.inc(misses)
            self._health.resyncs_with_misses = self._health.resyncs_with_misses + 1 if misses else 0
            if misses:
                log.warning("resync found missed changes", misses=misses)

    async def once(self) -> int:
        """Compare once, fix the differences and return their number."""
        known, uids = self._all_known(), set[str]()
        newer: list[tuple[Kind, KubeObject]] = []
        async for kind, item in listed(self._cluster, self._namespaces, self._shard):
            uids.add(item["metadata"]["uid"])
            # The IfcJob of a Job may have been missed, too.
            if self._is_newer(kind, item) or (kind == "jobs" and self._cache.entry_of(kind, item) is None):
                newer.append((kind, item))
        missing = [cached for cached in known if cached.uid not in uids]
        await asyncio.sleep(self._in_flight_seconds if newer or missing else 0)
        fixed = 0
        for kind, item in newer:
            if self._is_newer(kind, item):
                self._handle(kind, "MODIFIED", item)
                # An unreadable object stays newer than the cache; no watch has missed it.
                fixed += not self._is_newer(kind, item)
        return fixed + sum([await self._drop(cached) for cached in missing])

    def _is_newer(self, kind: Kind, item: KubeObject) -> bool:
        if kind == "ifcqueues":
            seen = self._queues.seen(key_of(item))
            return seen is None or int(seen.metadata.resource_version) < version_of(item)
        if self._cache.is_deleted(item):
            return False
        entry = self._cache.entry_of(kind, item)
        if kind == "ifcjobs":
            return entry is None or entry.version < version_of(item)
        return (
            entry is not None
            and not entry.is_finished
            and entry.job_version(item["metadata"]["name"]) < version_of(item)
        )

    def _all_known(self) -> list[_Known]:
        queues = [(key, self._queues.seen(key)) for key in self._queues.names()]
        known = [_Known("ifcqueues", key, queue.metadata.uid) for key, queue in queues if queue is not None]
        for entry in self._cache:
            known.append(_Known("ifcjobs", entry.key, entry.uid))
            known += [_Known("jobs", (entry.key[0], n), job.uid, entry.key) for n, (_, job) in entry.jobs.items()]
        return known

    async def _drop(self, cached: _Known) -> bool:
        """Drop an object that was not listed, unless a watch has dropped it meanwhile or a GET finds it."""
        if (last := self._last_version(cached)) is None:
            return False
        get = {"ifcqueues": self._cluster.ifcqueue, "ifcjobs": self._cluster.ifcjob, "jobs": self._cluster.job}
        if await get[cached.kind](cached.key) is not None or self._last_version(cached) is None:
            return False
        self._handle(cached.kind, "DELETED", last)
        return True

    def _last_version(self, cached: _Known) -> KubeObject | None:
        """Return the object for its DELETED event; None when it is no longer cached."""
        metadata: KubeObject = {"namespace": cached.key[0], "name": cached.key[1], "uid": cached.uid}
        if cached.kind == "ifcqueues":
            seen = self._queues.seen(cached.key)
            return {"metadata": metadata} if seen is not None and seen.metadata.uid == cached.uid else None
        entry = self._cache.get(cached.ifcjob or cached.key)
        if cached.kind == "ifcjobs":
            return _last_ifcjob(entry) if entry is not None and entry.uid == cached.uid else None
        job = entry.job(cached.key[1]) if entry else None
        if entry is None or job is None or job.uid != cached.uid:
            return None
        return {"metadata": metadata | {"labels": {IFCJOB_LABEL: entry.key[1]}}}


def _last_ifcjob(entry: Entry) -> KubeObject:
    """Return an IfcJob for the history; of a finished one only a part is cached, which must not count as the newest."""
    if not entry.is_finished:
        return entry.item
    return entry.item | {"metadata": entry.item["metadata"] | {"resourceVersion": "0"}}
