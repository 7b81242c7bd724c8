"""Deletes uploads that no job uses any more. On a cluster, a rule of the bucket does that."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from ifcjob.resource import IfcJob
from ifcjob_api.problems import Problem
from ifcjob_api.uploads.directory import Uploads
from ifcjob_api.uploads.session import SESSION, SOURCE, Session, key_of
from ifcjob_backends.cluster.protocol import KubernetesApi
from ifcjob_operator.cluster.api import API_GROUP_PATH

KEEP = timedelta(days=30)
"""After the upload, and after the end of each job that names it: until then the job can be retried."""
INTERVAL_SECONDS = 3600.0
MAX_DELETED = 100
"""Uploads that are deleted at once: for a moment, no new job can name them."""

log = structlog.get_logger()


class OldUploads:
    """The uploads of one machine."""

    def __init__(self, cluster: KubernetesApi, uploads: Uploads, folder: Path) -> None:
        """Take the folder of the uploads' bucket."""
        self._cluster, self._uploads, self._folder = cluster, uploads, folder

    async def run(self) -> None:
        """Delete old uploads until cancelled; the disk may fail."""
        while True:
            try:
                if deleted := await self.delete(datetime.now(UTC)):
                    log.info("old uploads deleted", uploads=deleted)
            except Exception as error:  # noqa: BLE001 - the next round tries again
                log.warning("old uploads not deleted", error=str(error))
            await asyncio.sleep(INTERVAL_SECONDS)

    async def delete(self, now: datetime) -> int:
        """Delete uploads that are old at a time, at most MAX_DELETED with a session, and return their number."""
        before, deleted = now - KEEP, 0
        closed: dict[str, Session] = {}
        without_session = await asyncio.to_thread(self._without_session, before)
        try:
            await self._close(before, closed)
            used = await self._in_use(before) if closed or without_session else set()
            for folder in without_session - used:
                await self._uploads.store.delete(self._uploads.bucket, folder + SOURCE)
                deleted += 1
            for folder in closed.keys() - used:
                await self._uploads.delete(closed.pop(folder))
                deleted += 1
        finally:
            # A job has named them meanwhile, or it is not known whether one has.
            await asyncio.gather(*(self._uploads.save(session) for session in closed.values()))
        return deleted

    async def _close(self, before: datetime, closed: dict[str, Session]) -> None:
        """Delete the sessions of old uploads that no job uses: without its session, no new job can name an upload."""
        old = await asyncio.to_thread(self._older_than, before)
        used = await self._in_use(before) if old else set()
        for namespace, upload in old:
            folder = key_of(namespace, upload, "")
            if folder in used or (session := await self._complete(namespace, upload)) is None:
                continue
            closed[folder] = session
            await self._uploads.store.delete(self._uploads.bucket, key_of(namespace, upload, SESSION))
            if len(closed) == MAX_DELETED:
                return

    async def _complete(self, namespace: str, upload: str) -> Session | None:
        """Return the session of an upload, or None for one that is open, which expires by itself."""
        try:
            session = await self._uploads.find(namespace, upload)
        except Problem:
            return None
        return None if session.state == "Open" else session

    def _older_than(self, before: datetime) -> list[tuple[str, str]]:
        sessions = self._folder.glob(f"*/*/{SESSION}")
        old = [path for path in sessions if path.stat().st_mtime < before.timestamp()]
        return [(path.parent.parent.name, path.parent.name) for path in old]

    def _without_session(self, before: datetime) -> set[str]:
        """Return the folders of old files without a session: the process was killed before it deleted them."""
        files = [path for path in self._folder.glob(f"*/*/{SOURCE}") if not path.with_name(SESSION).exists()]
        old = [path.parent for path in files if path.stat().st_mtime < before.timestamp()]
        return {key_of(folder.parent.name, folder.name, "") for folder in old}

    async def _in_use(self, before: datetime) -> set[str]:
        """Return the folders of uploads that jobs use, as keys."""
        used = set()
        async for item in self._cluster.pages(f"{API_GROUP_PATH}/ifcjobs"):
            job = IfcJob.model_validate(item)
            ended = job.status.finished_at if job.status.is_finished else None
            source = job.spec.source.s3
            if source is not None and source.bucket == self._uploads.bucket and (ended is None or ended >= before):
                used.add(f"{source.key.rpartition('/')[0]}/")
        return used
