"""The cache of artifacts: one download, a bound of bytes, and no file taken from its users."""

from __future__ import annotations

import asyncio
import hashlib
import os
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_api.models.artifact_cache import ArtifactCache, ArtifactCorrupt, ArtifactMissing, StoredArtifact
from ifcjob_api.problems import Problem
from tests.support.async_tests import finish

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import timedelta
    from pathlib import Path


class FakeObjects:
    """A fake of an object store: objects in memory, and how often each was read."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.reads: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.files: dict[str, Path] = {}

    def put(self, key: str, content: bytes) -> StoredArtifact:
        """Store an object and describe it."""
        self.content[key] = content
        return StoredArtifact("artifacts", key, len(content), hashlib.sha256(content).hexdigest())

    async def facts(self, bucket: str, key: str) -> None:
        raise NotImplementedError

    async def read(self, _bucket: str, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        self.reads.append(key)
        await self.gate.wait()
        if self.error:
            raise self.error
        if key not in self.content:
            raise FileNotFoundError(key)
        for place in range(start, min(end or 2**60, len(self.content[key])), 100):
            yield self.content[key][place : place + 100]

    def local_path(self, _bucket: str, key: str) -> Path | None:
        return self.files.get(key)

    def download_url(self, bucket: str, key: str, expires: timedelta, *, name: str, media_type: str) -> None:
        raise NotImplementedError

    def url_lifetime(self, expires: timedelta) -> timedelta:
        raise NotImplementedError


async def opened(cache: ArtifactCache, *artifacts: StoredArtifact) -> list[bytes]:
    """Return the contents."""
    with cache.hold(artifacts) as paths:
        for artifact in artifacts:
            await cache.fetch(artifact)
        return [path.read_bytes() for path in paths]


def names(folder: Path) -> set[str]:
    """Return the names of the files."""
    return {path.name for path in folder.iterdir()}


def test_concurrent_requests_download_once(tmp_path: Path) -> None:
    async def run() -> None:
        store = FakeObjects()
        cache, artifact = ArtifactCache(tmp_path, 1000, store), store.put("a", b"x" * 300)
        store.gate.clear()
        requests = [asyncio.create_task(opened(cache, artifact)) for _ in range(20)]
        await asyncio.sleep(0.05)
        requests[0].cancel()  # the others still get the file
        store.gate.set()
        assert await asyncio.gather(*requests[1:]) == [[b"x" * 300]] * 19
        assert await opened(cache, artifact) == [b"x" * 300]
        assert store.reads == ["a"]
        assert names(tmp_path) == {artifact.sha256}

    finish(run())


def test_least_recently_used_artifacts_leave(tmp_path: Path) -> None:
    async def run() -> None:
        store = FakeObjects()
        cache = ArtifactCache(tmp_path, 1000, store)
        artifacts = [store.put(str(number), bytes([number]) * 300) for number in range(4)]
        await opened(cache, *artifacts[:3])
        await opened(cache, artifacts[0])
        await opened(cache, artifacts[3])
        assert names(tmp_path) == {artifacts[n].sha256 for n in (0, 2, 3)}
        assert cache.bytes == 900
        await opened(cache, artifacts[1])
        assert store.reads == ["0", "1", "2", "3", "1"]

    finish(run())


def test_artifacts_in_use_stay(tmp_path: Path) -> None:
    async def run() -> None:
        store = FakeObjects()
        cache = ArtifactCache(tmp_path, 1000, store)
        used, other = store.put("used", b"u" * 700), store.put("other", b"o" * 700)
        with cache.hold([used]) as (path,):
            await cache.fetch(used)
            with pytest.raises(Problem) as problem:
                await opened(cache, other)
            assert (problem.value.status, problem.value.code) == (503, "CacheFull")
            assert path.read_bytes() == b"u" * 700
        assert await opened(cache, other) == [b"o" * 700]
        assert not path.exists()

    finish(run())


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(b"y" * 300, ArtifactCorrupt, id="other content"),
        pytest.param(b"x" * 299, ArtifactCorrupt, id="shorter"),
        pytest.param(b"x" * 301, ArtifactCorrupt, id="longer"),
        pytest.param(None, ArtifactMissing, id="missing"),
        pytest.param(RunFailure(FailureReason.STORAGE_UNAVAILABLE, "down"), RunFailure, id="store down"),
    ],
)
def test_failed_download_leaves_nothing_and_may_be_repeated(tmp_path: Path, content: Any, error: Any) -> None:
    async def run() -> None:
        store = FakeObjects()
        cache, artifact = ArtifactCache(tmp_path, 1000, store), store.put("a", b"x" * 300)
        if isinstance(content, Exception):
            store.error = content
        elif content is None:
            del store.content["a"]
        else:
            store.content["a"] = content
        with pytest.raises(error):
            await opened(cache, artifact)
        assert (names(tmp_path), cache.bytes) == (set(), 0)
        store.content["a"], store.error = b"x" * 300, None
        assert await opened(cache, artifact) == [b"x" * 300]

    finish(run())


def test_file_of_this_machine_is_read_in_place(tmp_path: Path) -> None:
    async def run() -> None:
        store, cache_folder = FakeObjects(), tmp_path / "cache"
        artifact = store.put("a", b"x" * 300)
        store.files["a"] = tmp_path / "a.parquet"
        store.files["a"].write_bytes(b"x" * 300)
        cache = ArtifactCache(cache_folder, 1000, store)
        with cache.hold([artifact]) as (path,):
            await cache.fetch(artifact)
            assert path.samefile(store.files["a"])
            store.files["a"].unlink()  # its job is deleted during the query
            assert path.read_bytes() == b"x" * 300
        assert store.reads == []

    finish(run())


def test_next_process_adopts_the_files_within_its_bound(tmp_path: Path) -> None:
    async def run() -> None:
        store = FakeObjects()
        artifacts = [store.put(str(number), bytes([number]) * 300) for number in range(3)]
        await opened(ArtifactCache(tmp_path, 1000, store), *artifacts)
        for age, artifact in enumerate(artifacts):
            os.utime(tmp_path / artifact.sha256, (1000 - age, 1000 - age))
        (tmp_path / "4a5b.partial").write_bytes(b"half")
        cache = ArtifactCache(tmp_path, 700, store)
        assert (cache.bytes, names(tmp_path)) == (600, {a.sha256 for a in artifacts[:2]})
        await opened(cache, artifacts[0], artifacts[1])
        assert store.reads == ["0", "1", "2"]

    finish(run())


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a folder to another user")
def test_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(PermissionError, match="IFCJOB_API_CACHE_FOLDER"):
        ArtifactCache(tmp_path, 1000, FakeObjects())
