"""Lists everything again now and then, and finds what a watch has missed: changes, and objects that are gone."""

import asyncio
from collections.abc import Callable, Collection

import structlog

from ifcjob_operator import metrics
from ifcjob_operator.cluster import Cluster, Key
from ifcjob_operator.connection import ClusterError
from ifcjob_operator.health import Health
from ifcjob_operator.parse import Manifest
from ifcjob_operator.store import Store, version_of
from ifcjob_operator.watches import Kind

IN_FLIGHT_SECONDS = 10.0
"""An event that is younger may still be on its way."""

log = structlog.get_logger()


class Resync:
    """Compares the store with the cluster."""

    def __init__(
        self,
        store: Store,
        cluster: Cluster,
        namespaces: Collection[str],
        handle: Callable[[Kind, str, Manifest], None],
        health: Health,
    ) -> None:
        self._store, self._cluster, self._namespaces = store, cluster, namespaces
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
        known = {entry.key: entry.uid for entry in self._store}
        newer: list[tuple[Kind, Manifest]] = []
        listed: set[str] = set()
        for namespace in self._namespaces or (None,):
            async for item in self._cluster.ifcjobs(namespace):
                listed.add(item["metadata"]["uid"])
                if self._is_news("ifcjobs", item):
                    newer.append(("ifcjobs", item))
            newer += [("jobs", item) async for item in self._cluster.jobs(namespace) if self._is_news("jobs", item)]
        gone = [key for key, uid in known.items() if uid not in listed]
        await asyncio.sleep(IN_FLIGHT_SECONDS if newer or gone else 0)
        missed = [(kind, item) for kind, item in newer if self._is_news(kind, item)]
        for kind, item in missed:
            self._handle(kind, "MODIFIED", item)
        return len(missed) + await self._drop(gone, known)

    def _is_news(self, kind: Kind, item: Manifest) -> bool:
        entry = self._store.entry_of(kind, item)
        if kind == "ifcjobs":
            return entry is None or entry.version < version_of(item)
        return (
            entry is not None
            and not entry.is_finished
            and entry.job_version(item["metadata"]["name"]) < version_of(item)
        )

    async def _drop(self, gone: list[Key], known: dict[Key, str]) -> int:
        dropped = 0
        for key in gone:
            entry = self._store.get(key)
            if entry is not None and entry.uid == known[key] and await self._cluster.ifcjob(key) is None:
                self._handle("ifcjobs", "DELETED", entry.item)
                dropped += 1
        return dropped
