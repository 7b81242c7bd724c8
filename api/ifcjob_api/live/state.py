"""The live state of one replica: indexes, events, and the reflectors that feed them."""

import asyncio
from collections.abc import Collection

import orjson

from ifcjob.ifcqueue import IFCQUEUES
from ifcjob.resource import API_VERSION, IFCJOBS
from ifcjob_api.live.entries import JobEntry, QueueEntry, job_entry, queue_entry
from ifcjob_api.live.index import Index
from ifcjob_api.live.job_queries import SortedJobs
from ifcjob_api.live.reflector import Reflector
from ifcjob_api.live.ring import Ring
from ifcjob_api.problems import Problem
from ifcjob_backends.cluster.protocol import KubernetesApi

API_PATH = f"/apis/{API_VERSION}"


class Live:
    """IfcJobs and IfcQueues in memory, and their changes as events."""

    def __init__(self) -> None:
        self.ring = Ring()
        self.jobs: Index[JobEntry] = Index(job_entry, self._job_changed)
        self.queues: Index[QueueEntry] = Index(queue_entry, self._queue_changed)
        self.sorted_jobs = SortedJobs(self.jobs)
        self._reflectors: list[Reflector] = []

    @property
    def is_synced(self) -> bool:
        """Whether all objects have been listed once."""
        return bool(self._reflectors) and all(reflector.is_synced for reflector in self._reflectors)

    def require_synced(self) -> None:
        """Raise Problem 503 until all objects have been listed once."""
        if not self.is_synced:
            detail = "This replica has not read the jobs from Kubernetes yet: repeat the request later."
            raise Problem(503, "NotReady", detail, retry_after=2)

    def stale_seconds(self) -> float:
        """Return how long Kubernetes has not answered one of the watches; 0 while all of them are current."""
        return max((reflector.stale_seconds() for reflector in self._reflectors), default=0.0)

    def namespaces(self) -> list[str]:
        """Return the namespaces that hold IfcJobs or IfcQueues."""
        return sorted({*self.jobs.namespaces(), *self.queues.namespaces()})

    async def run(self, kubernetes: KubernetesApi, namespaces: Collection[str]) -> None:
        """Follow the cluster, or these namespaces only, until cancelled."""
        for namespace in namespaces or (None,):
            path = API_PATH if namespace is None else f"{API_PATH}/namespaces/{namespace}"
            self._reflectors += [
                Reflector(kubernetes, f"{path}/{IFCJOBS}", namespace, self.jobs),
                Reflector(kubernetes, f"{path}/{IFCQUEUES}", namespace, self.queues),
            ]
        async with asyncio.TaskGroup() as group:
            for reflector in self._reflectors:
                group.create_task(reflector.run())

    def _job_changed(self, entry: JobEntry, deleted: bool) -> None:  # noqa: FBT001 - the callback of an index
        self.sorted_jobs.changed(entry, deleted=deleted)
        self.ring.publish(*(("deleted", entry.key, _name_of(entry)) if deleted else ("job", entry.key, entry.summary)))

    def _queue_changed(self, entry: QueueEntry, deleted: bool) -> None:  # noqa: FBT001 - the callback of an index
        name, data = ("queueDeleted", _name_of(entry)) if deleted else ("queue", entry.summary)
        self.ring.publish(name, entry.key, data)  # type: ignore[arg-type]


def _name_of(entry: JobEntry | QueueEntry) -> bytes:
    namespace, name = entry.key
    return orjson.dumps({"namespace": namespace, "name": name, "uid": entry.uid})
