"""Answers that every replica gives, leading or not: a queue's depth, and whether progress or a report is accepted.

The leader keeps progress in memory and writes it with its next plan. Another replica cannot reach that memory, so it
patches the status itself. `JobProgress.supersedes` decides for both. A report is for the leader's memory only.
"""

import time
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from ifcjob.ifcqueue import IfcQueue, IfcQueueStatus
from ifcjob.report import RunReport
from ifcjob.status import JobProgress
from ifcjob_backends.cluster.errors import ClusterError, Conflict, NotFound
from ifcjob_backends.cluster.objects import Key
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.cluster.objects import InvalidIfcJob, ifcjob_of
from ifcjob_operator.observing.entry import Posted
from ifcjob_operator.planning.attempts import under_way
from ifcjob_operator.repeated import RepeatedWarnings
from ifcjob_operator.serving.progress_token import is_genuine

MAX_REMEMBERED_WRITES = 1000


class LeaderView(Protocol):
    """The leader's memory, as far as HTTP needs it."""

    @property
    def is_synced(self) -> bool:
        """Whether this replica leads and has listed everything."""

    def queue_status(self, key: Key) -> IfcQueueStatus | None:
        """Return a queue's depth as of now, or None."""

    def uid_of(self, key: Key) -> str | None:
        """Return the uid of an IfcJob, or None."""

    def take(self, key: Key, attempt: int, posted: Posted) -> bool:
        """Keep an attempt's progress, or its report; False when it is not under way. Raises InvalidIfcJob."""


class QueryBackend:
    """Answers from the leader's memory in the replica that leads, else from the API server."""

    def __init__(
        self,
        cluster: Cluster,
        leader: LeaderView,
        progress_key_file: Path | None,
        interval_seconds: float,
        *,
        sharded: bool = False,
    ) -> None:
        """Write the progress of an IfcJob at most once per `interval_seconds` while another replica leads."""
        self._cluster, self._leader = cluster, leader
        self._key_file = progress_key_file
        self._interval = interval_seconds
        self._sharded = sharded
        self._warnings = RepeatedWarnings()
        self._written: dict[Key, tuple[float, str]] = {}
        """When progress was last written, and the IfcJob's uid."""

    async def queue(self, key: Key) -> IfcQueueStatus | None:
        """Return a queue's depth, or None. Raises ClusterError."""
        if self._leader.is_synced and ((status := self._leader.queue_status(key)) or not self._sharded):
            return status
        item = await self._cluster.ifcqueue(key)
        return IfcQueue.model_validate(item).status if item else None

    async def take(self, key: Key, attempt: int, token: str, posted: Posted) -> HTTPStatus:
        """Take in the progress, or the report, that an attempt has posted, and return the status to answer with."""
        if self._key_file is None:
            return HTTPStatus.NOT_FOUND
        try:
            secret = self._key_file.read_bytes().strip()
            # The leader of another shard does not know the IfcJob.
            if self._leader.is_synced and (self._leader.uid_of(key) or not self._sharded):
                return self._remember(key, attempt, token, secret, posted)
        except (OSError, InvalidIfcJob) as error:
            event = f"{'report' if isinstance(posted, RunReport) else 'progress'} not accepted"
            self._warnings.warn("/".join(key), event, repr(error), ifcjob="/".join(key))
            return HTTPStatus.SERVICE_UNAVAILABLE
        if isinstance(posted, RunReport):
            return HTTPStatus.MISDIRECTED_REQUEST
        written_at, uid = self._written.get(key, (-self._interval, ""))
        if time.monotonic() - written_at < self._interval:
            return HTTPStatus.NO_CONTENT if is_genuine(secret, token, uid, attempt) else HTTPStatus.UNAUTHORIZED
        return await self._write(key, attempt, token, secret, posted)

    def _remember(self, key: Key, attempt: int, token: str, secret: bytes, posted: Posted) -> HTTPStatus:
        uid = self._leader.uid_of(key)
        # An unknown IfcJob and a forged token get the same answer.
        if uid is None or not is_genuine(secret, token, uid, attempt):
            return HTTPStatus.UNAUTHORIZED
        accepted = self._leader.take(key, attempt, posted)
        return HTTPStatus.NO_CONTENT if accepted else HTTPStatus.CONFLICT

    async def _write(self, key: Key, attempt: int, token: str, secret: bytes, progress: JobProgress) -> HTTPStatus:
        try:
            item = await self._cluster.ifcjob(key)
            if item is None or not is_genuine(secret, token, item["metadata"]["uid"], attempt):
                return HTTPStatus.UNAUTHORIZED
            ifcjob = ifcjob_of(item)
            current = under_way(ifcjob.status)
            if current is None or current.number != attempt:
                return HTTPStatus.CONFLICT
            if progress.supersedes(ifcjob.status.progress):
                changes = {"progress": progress.model_dump(mode="json", by_alias=True, exclude_none=True)}
                await self._cluster.patch_status(key, ifcjob.metadata.resource_version, changes)
        except (Conflict, NotFound):
            return HTTPStatus.NO_CONTENT  # the leader has just written; the runner posts again soon
        except (ClusterError, InvalidIfcJob):
            return HTTPStatus.SERVICE_UNAVAILABLE
        if len(self._written) > MAX_REMEMBERED_WRITES:
            self._written.clear()
        self._written[key] = (time.monotonic(), item["metadata"]["uid"])
        return HTTPStatus.NO_CONTENT
