"""A folder of artifacts by their SHA-256: each is fetched once and checked, and the least recently used ones leave."""

import asyncio
import hashlib
import os
import uuid
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from ifcjob_api.problems import Problem
from ifcjob_backends.storage.protocol import ObjectReader

_RETRY_SECONDS = 5


@dataclass(frozen=True)
class StoredArtifact:
    """One artifact in the store, as its manifest describes it."""

    bucket: str
    key: str
    bytes: int
    sha256: str

    @property
    def uri(self) -> str:
        """The URI for messages."""
        return f"s3://{self.bucket}/{self.key}"


class ArtifactMissing(Exception):
    """The store has no such artifact any more."""


class ArtifactCorrupt(Exception):
    """An artifact differs from its manifest, or cannot be read."""


class ArtifactCache:
    """The cached artifacts of one process; the folder belongs to it alone."""

    def __init__(self, folder: Path, max_bytes: int, store: ObjectReader, *, downloads: int = 16) -> None:
        """Adopt the artifacts that an earlier process left in the folder."""
        self._folder, self.max_bytes, self._store = folder, max_bytes, store
        self._downloads = asyncio.Semaphore(downloads)
        self._sizes: OrderedDict[str, int] = OrderedDict()
        """Bytes of each artifact that is in the folder or being fetched, the least recently used first."""
        self._held: Counter[str] = Counter()
        """Holders of each artifact."""
        self._fetching: dict[str, asyncio.Task[None]] = {}
        _own(folder)
        self._adopt()

    @property
    def bytes(self) -> int:
        """Size of all artifacts in the folder."""
        return sum(self._sizes.values())

    @contextmanager
    def hold(self, artifacts: Sequence[StoredArtifact]) -> Iterator[list[Path]]:
        """Keep the files in the folder until the end of the block; `fetch` brings those that are not there."""
        names = [artifact.sha256 for artifact in artifacts]
        self._held.update(names)
        try:
            for name in names:
                if name in self._sizes:
                    self._sizes.move_to_end(name)
            yield [self._path(name) for name in names]
        finally:
            self._held.subtract(names)
            for name in names:
                if not self._held[name]:
                    del self._held[name]

    async def fetch(self, artifact: StoredArtifact) -> None:
        """Return when the artifact is in the folder; concurrent callers share one download.

        Raises ArtifactMissing, ArtifactCorrupt, a Problem when it does not fit, and RunFailure without the store.
        """
        task = self._fetching.get(artifact.sha256)
        if task is None:
            if artifact.sha256 in self._sizes:
                return
            self._reserve(artifact)
            # A task of its own: the download continues for the other callers when this one leaves.
            task = asyncio.create_task(self._fetch(artifact))
            self._fetching[artifact.sha256] = task
            task.add_done_callback(lambda done: self._end(artifact.sha256, done))
        await asyncio.shield(task)

    def _end(self, sha256: str, task: asyncio.Task[None]) -> None:
        del self._fetching[sha256]
        if task.cancelled() or task.exception() is not None:
            self._sizes.pop(sha256, None)

    def _reserve(self, artifact: StoredArtifact) -> None:
        """Delete the least recently used artifacts until this one fits."""
        excess = self.bytes + artifact.bytes - self.max_bytes
        for sha256 in [name for name in self._sizes if not self._held[name]]:
            if excess <= 0:
                break
            if sha256 not in self._fetching:
                self._path(sha256).unlink(missing_ok=True)
                excess -= self._sizes.pop(sha256)
        if excess > 0:
            detail = f"the cache of {self.max_bytes} bytes is in use: try again, or raise IFCJOB_API_CACHE_BYTES."
            raise Problem(503, "CacheFull", detail, retry_after=_RETRY_SECONDS)
        self._sizes[artifact.sha256] = artifact.bytes

    async def _fetch(self, artifact: StoredArtifact) -> None:
        target = self._path(artifact.sha256)
        temporary = target.with_name(f"{uuid.uuid4().hex}.partial")
        async with self._downloads:
            try:
                local = self._store.local_path(artifact.bucket, artifact.key)
                if local is None or not await asyncio.to_thread(_link, local, temporary):
                    await self._download(artifact, temporary)
                await asyncio.to_thread(_check, temporary, artifact)
                temporary.replace(target)
            except FileNotFoundError:
                raise ArtifactMissing(f"{artifact.uri} does not exist any more") from None
            except OSError as error:
                detail = f"the cache cannot be written ({error.strerror}): free space on its volume."
                raise Problem(503, "CacheUnavailable", detail, retry_after=_RETRY_SECONDS) from None
            finally:
                temporary.unlink(missing_ok=True)

    async def _download(self, artifact: StoredArtifact, target: Path) -> None:
        remaining = artifact.bytes
        with await asyncio.to_thread(target.open, "xb") as file:
            async for chunk in self._store.read(artifact.bucket, artifact.key, 0, artifact.bytes + 1):
                remaining -= len(chunk)
                if remaining < 0:
                    raise ArtifactCorrupt(f"{artifact.uri} is larger than its manifest says")
                await asyncio.to_thread(file.write, chunk)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256

    def _adopt(self) -> None:
        files = [(entry.stat(), entry) for entry in os.scandir(self._folder) if entry.is_file(follow_symlinks=False)]
        for facts, entry in sorted(files, key=lambda pair: pair[0].st_mtime):
            if len(entry.name) == 64:
                self._sizes[entry.name] = facts.st_size
            else:
                Path(entry).unlink()
        while self._sizes and self.bytes > self.max_bytes:
            name, _ = self._sizes.popitem(last=False)
            self._path(name).unlink(missing_ok=True)


def _own(folder: Path) -> None:
    """Make the folder; refuse another user's, who could replace its files."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to another user: set IFCJOB_API_CACHE_FOLDER to a folder of your own")


def _link(local: Path, target: Path) -> bool:
    """Read a file of this machine in place: a second name keeps it while its job is deleted."""
    try:
        os.link(local, target)
    except FileNotFoundError:
        raise
    except OSError:  # another file system
        return False
    return True


def _check(path: Path, artifact: StoredArtifact) -> None:
    with path.open("rb") as file:
        if path.stat().st_size != artifact.bytes or _sha256(file) != artifact.sha256:
            raise ArtifactCorrupt(f"{artifact.uri} differs from its manifest")


def _sha256(file: BufferedReader) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()
