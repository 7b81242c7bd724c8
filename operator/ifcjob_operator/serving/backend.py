"""What every replica answers, leading or not: the depth of a queue, and the progress of an attempt."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from ifcjob.ifcqueue import IfcQueue, IfcQueueStatus
from ifcjob.status import IfcJobStatus, JobProgress
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.cluster.client import ClusterError, Conflict, NotFound
from ifcjob_operator.cluster.objects import InvalidIfcJob, Key, ifcjob_of
from ifcjob_operator.planning.attempts import under_way
from ifcjob_operator.serving.progress_token import is_genuine

if TYPE_CHECKING:
    from ifcjob_operator.controller import Controller

TAKEN, NOT_YOURS, UNKNOWN, OVER, TROUBLE = 204, 401, 404, 409, 503
FORGET_AFTER = 1000

log = structlog.get_logger()


class QueryBackend:
    """Answers from memory while it leads, else from the API server."""

    def __init__(self, cluster: Cluster, progress_key_file: Path | None, interval_seconds: float) -> None:
        """`interval_seconds`: the least time between two writes of a job's progress by a replica that does not lead."""
        self.leading: Controller | None = None
        self._cluster = cluster
        self._key_file = progress_key_file
        self._interval = interval_seconds
        self._written: dict[Key, tuple[float, str]] = {}  # when, and the IfcJob's uid

    @property
    def _leader(self) -> "Controller | None":
        """Return ourselves as the leader; before that one has seen everything, the API server knows more."""
        return self.leading if self.leading is not None and self.leading.is_synced else None

    async def queue(self, key: Key) -> IfcQueueStatus | None:
        """Return a queue's depth, or None. Raises ClusterError."""
        if self._leader is not None:
            return self._leader.queue_status(key)
        item = await self._cluster.ifcqueue(key)
        return IfcQueue.model_validate(item).status if item else None

    async def take_progress(self, key: Key, attempt: int, token: str, progress: JobProgress) -> int:
        """Take in an attempt's progress and return an HTTP status."""
        if self._key_file is None:
            return UNKNOWN
        try:
            secret = self._key_file.read_bytes().strip()
            if self._leader is not None:
                return _tell(self._leader, key, attempt, token, secret, progress)
        except (OSError, InvalidIfcJob) as error:
            log.warning("progress not taken", ifcjob="/".join(key), error=repr(error))
            return TROUBLE
        written, uid = self._written.get(key, (-self._interval, ""))
        if time.monotonic() - written < self._interval:
            return TAKEN if is_genuine(secret, token, uid, attempt) else NOT_YOURS
        return await self._write(key, attempt, token, secret, progress)

    async def _write(self, key: Key, attempt: int, token: str, secret: bytes, progress: JobProgress) -> int:
        try:
            item = await self._cluster.ifcjob(key)
            if item is None or not is_genuine(secret, token, item["metadata"]["uid"], attempt):
                return NOT_YOURS
            ifcjob = ifcjob_of(item)
            known = ifcjob.status.progress
            if not _is_current(ifcjob.status, attempt):
                return OVER
            if known is None or known.percent <= progress.percent:
                changes = {"progress": progress.model_dump(mode="json", by_alias=True, exclude_none=True)}
                await self._cluster.patch_status(key, ifcjob.metadata.resource_version, changes)
        except (Conflict, NotFound):
            return TAKEN  # the leader is writing: the next event comes soon
        except (ClusterError, InvalidIfcJob):
            return TROUBLE
        if len(self._written) > FORGET_AFTER:
            self._written.clear()
        self._written[key] = (time.monotonic(), item["metadata"]["uid"])
        return TAKEN


def _tell(controller: "Controller", key: Key, attempt: int, token: str, secret: bytes, progress: JobProgress) -> int:
    entry = controller.cache.get(key)
    # Unknown and forged look the same to a stranger.
    if entry is None or not is_genuine(secret, token, entry.uid, attempt):
        return NOT_YOURS
    if entry.is_finished or not _is_current(entry.ifcjob.status, attempt):
        return OVER
    controller.take_progress(key, attempt, progress)
    return TAKEN


def _is_current(status: IfcJobStatus, attempt: int) -> bool:
    current = under_way(status)
    return current is not None and current.number == attempt
