"""Files of the folder store: keys that lead out of it, crashes, and disks that fail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_backends.storage.folder import FolderObjects
from tests.support.async_tests import finish
from tests.support.object_stores import chunks

if TYPE_CHECKING:
    from pathlib import Path

KILLED_IN_A_PART = """
import asyncio, os, signal, sys
from pathlib import Path
from ifcjob_backends.storage.folder import FolderObjects

async def content():
    yield b"x" * 3_000_000
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    store = FolderObjects(Path(sys.argv[1]))
    upload = await store.create_upload("uploads", "ns/model.ifc", "text/plain")
    async def first():
        yield b"a" * 100
    await store.put_part("uploads", "ns/model.ifc", upload, 1, 100, first())
    print(upload, flush=True)
    await store.put_part("uploads", "ns/model.ifc", upload, 2, 4_000_000, content())

asyncio.run(main())
"""


@pytest.mark.parametrize(
    "key",
    [
        "../secret",
        "a/../../secret",
        "/etc/passwd",
        "a//b",
        "a/./b",
        "",
        "a/",
        "a\0b",
        "a\nb",
        "a/" + "x" * 250,
        "a/" * 600 + "b",
    ],
    ids=ascii,
)
def test_a_key_that_leads_out_of_the_folder_is_refused(tmp_path: Path, key: str) -> None:
    store = FolderObjects(tmp_path)
    for operation in (store.facts("uploads", key), store.put("uploads", key, b"", ""), store.delete("uploads", key)):
        with pytest.raises(RunFailure) as caught:
            finish(operation)
        assert caught.value.reason == FailureReason.INVALID_REQUEST
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize("bucket", ["..", "a", "A-bucket", "a/b", "a..b", ".hidden", ""], ids=ascii)
def test_a_bucket_that_leads_out_of_the_folder_is_refused(tmp_path: Path, bucket: str) -> None:
    with pytest.raises(RunFailure, match="plain relative path"):
        FolderObjects(tmp_path).path(bucket, "model.ifc")


@pytest.mark.parametrize("upload_id", ["../objects/uploads", "", "A" * 32, "0" * 31], ids=ascii)
def test_an_upload_id_never_becomes_a_path(tmp_path: Path, upload_id: str) -> None:
    with pytest.raises(FileNotFoundError):
        finish(FolderObjects(tmp_path).abort_upload("uploads", "model.ifc", upload_id))


def test_an_upload_continues_after_a_kill_in_the_middle_of_a_part(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED_IN_A_PART, str(tmp_path)]
    killed = subprocess.run(command, check=False, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    upload = killed.stdout.strip()

    async def resume() -> bytes:
        store = FolderObjects(tmp_path)
        kept = await store.parts("uploads", "ns/model.ifc", upload)
        assert kept is not None
        assert [(part.number, part.bytes) for part in kept] == [(1, 100)]
        assert await store.facts("uploads", "ns/model.ifc") is None
        await store.put_part("uploads", "ns/model.ifc", upload, 2, 3, chunks(b"end"))
        parts = await store.parts("uploads", "ns/model.ifc", upload)
        await store.complete_upload("uploads", "ns/model.ifc", upload, parts or ())
        return b"".join([chunk async for chunk in store.read("uploads", "ns/model.ifc")])

    assert finish(resume()) == b"a" * 100 + b"end"
    assert not list((tmp_path / "uploads").iterdir())


def test_a_write_that_was_interrupted_leaves_nothing_after_the_sweep(tmp_path: Path) -> None:
    stray = tmp_path / "uploads" / "0123.partial"
    stray.parent.mkdir()
    stray.write_bytes(b"x")
    finish(FolderObjects(tmp_path).unfinished_uploads("uploads", datetime.now(UTC) - timedelta(hours=1)))
    assert stray.exists()
    finish(FolderObjects(tmp_path).unfinished_uploads("uploads", datetime.now(UTC) + timedelta(hours=1)))
    assert not stray.exists()


def test_a_read_only_folder_is_a_storage_failure(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        (tmp_path / "objects").write_text("a file where the folder should be")
    else:
        tmp_path.chmod(0o500)
    with pytest.raises(RunFailure) as caught:
        finish(FolderObjects(tmp_path).put("uploads", "model.ifc", b"x", "text/plain"))
    assert caught.value.reason == FailureReason.STORAGE_UNAVAILABLE


def test_a_full_disk_is_disk_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunFailure) as caught:
        finish(FolderObjects(tmp_path).put("uploads", "model.ifc", b"x", "text/plain"))
    assert caught.value.reason == FailureReason.DISK_FULL
    assert not list(tmp_path.rglob("*.ifc"))
