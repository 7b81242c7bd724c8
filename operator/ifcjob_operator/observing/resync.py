"""Lists everything again now and then, and finds what a watch has missed: changes, and objects that are gone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass

import structlog

from ifcjob.labels import IFCJOB_LABEL
from ifcjob_operator import metrics
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.cluster.client import ClusterError
from ifcjob_operator.cluster.objects import Key, KubeObject, key_of, version_of
from ifcjob_operator.observing.cache import Cache
from ifcjob_operator.observing.entry import Entry
from ifcjob_operator.observing.health import Health
from ifcjob_operator.observing.watches import Kind
from ifcjob_operator.queueing.queues import Queues

IN_FLIGHT_SECONDS = 10.0
"""An event that is younger may still be on its way."""

log = structlog.get_logger()


@dataclass(frozen=True)
class _Known:
    """An object we believe to be there."""

    kind: Kind
    key: Key
    uid: str
    ifcjob: Key | None = None
    """Of a Job: the IfcJob it belongs to."""


class Resync:
    """Compares what is remembered with the cluster."""

    def __init__(
        self,
        cache: Cache,
        queues: Queues,
        cluster: Cluster,
        namespaces: Collection[str],
        handle: Callable[[Kind, str, KubeObject], None],
        health: Health,
    ) -> None:
        self._cache, self._queues = cache, queues
        self._cluster, self._namespaces = cluster, namespaces
        self._handle, self._health = handle, health

    async def run(self, every_seconds: float) -> None:
        """Resync for ever."""
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
                log.warning("resync found what watches missed", misses=misses)

    async def once(self) -> int:
        """Compare once, mend what differs and return how much did."""
        known, listed = self._all_known(), set[str]()
        newer: list[tuple[Kind, KubeObject]] = []
        async for kind, item in self._listed():
            listed.add(item["metadata"]["uid"])
            # A Job may be of an IfcJob that was missed itself.
            if self._is_news(kind, item) or (kind == "jobs" and self._cache.entry_of(kind, item) is None):
                newer.append((kind, item))
        gone = [one for one in known if one.uid not in listed]
        await asyncio.sleep(IN_FLIGHT_SECONDS if newer or gone else 0)
        mended = 0
        for kind, item in newer:
            if self._is_news(kind, item):
                self._handle(kind, "MODIFIED", item)
                # What cannot be read stays news, and no watch has missed it.
                mended += not self._is_news(kind, item)
        return mended + sum([await self._drop(one) for one in gone])

    async def _listed(self) -> AsyncIterator[tuple[Kind, KubeObject]]:
        for namespace in self._namespaces or (None,):
            async for item in self._cluster.ifcqueues(namespace):
                yield "ifcqueues", item
            async for item in self._cluster.ifcjobs(namespace):
                yield "ifcjobs", item
            async for item in self._cluster.jobs(namespace):
                yield "jobs", item

    def _is_news(self, kind: Kind, item: KubeObject) -> bool:
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

    async def _drop(self, one: _Known) -> bool:
        """Forget an object that was not listed, unless a watch has told of it meanwhile, or it is there after all."""
        if (last := self._last_seen(one)) is None:
            return False
        get = {"ifcqueues": self._cluster.ifcqueue, "ifcjobs": self._cluster.ifcjob, "jobs": self._cluster.job}
        if await get[one.kind](one.key) is not None or self._last_seen(one) is None:
            return False
        self._handle(one.kind, "DELETED", last)
        return True

    def _last_seen(self, one: _Known) -> KubeObject | None:
        """Return what its deletion would be told with, if we still believe it to be there."""
        metadata: KubeObject = {"namespace": one.key[0], "name": one.key[1], "uid": one.uid}
        if one.kind == "ifcqueues":
            seen = self._queues.seen(one.key)
            return {"metadata": metadata} if seen is not None and seen.metadata.uid == one.uid else None
        entry = self._cache.get(one.ifcjob or one.key)
        if one.kind == "ifcjobs":
            return _last_version(entry) if entry is not None and entry.uid == one.uid else None
        job = entry.job(one.key[1]) if entry else None
        if entry is None or job is None or job.uid != one.uid:
            return None
        return {"metadata": metadata | {"labels": {IFCJOB_LABEL: entry.key[1]}}}


def _last_version(entry: Entry) -> KubeObject:
    """Return an IfcJob for the history; of a finished one only a part is left, which must not count as the newest."""
    if not entry.is_finished:
        return entry.item
    return entry.item | {"metadata": entry.item["metadata"] | {"resourceVersion": "0"}}
