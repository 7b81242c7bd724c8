"""Objects and uploads in a folder of one machine: `objects/<bucket>/<key>`, and `uploads/<id>/` until one is complete.

Each file gets its final name only when all its bytes are on the disk, so that a crash leaves either the whole file or
none. Parts are such files: an upload continues after a crash with the parts that it has.
"""

import asyncio
import json
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_backends.storage.folder_files import (
    disk_errors,
    facts_of,
    move_into_place,
    safe_path,
    sync_folder,
)
from ifcjob_backends.storage.protocol import ObjectFacts, Part, UnfinishedUpload, wrong_part_size

CHUNK = 2**20
_TARGET = "target.json"


class FolderObjects:
    """The objects below one folder; safe to use from many tasks, and by one process at a time."""

    def __init__(self, folder: Path) -> None:
        """Take the data folder; it need not exist yet."""
        self.objects = folder / "objects"
        self._uploads = folder / "uploads"

    def path(self, bucket: str, key: str) -> Path:
        """Return the file of an object, which need not exist; RunFailure for a key that leads out of the folder."""
        return safe_path(self.objects, bucket, key)

    async def facts(self, bucket: str, key: str) -> ObjectFacts | None:
        """Return size and ETag; None when there is no such object."""
        path = self.path(bucket, key)
        with disk_errors(f"s3://{bucket}/{key}"):
            return await asyncio.to_thread(facts_of, path)

    async def read(self, bucket: str, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to but not including `end`; raises FileNotFoundError."""
        path = self.path(bucket, key)
        with disk_errors(f"s3://{bucket}/{key}"), await asyncio.to_thread(_open, path) as file:
            file.seek(start)
            remaining = CHUNK if end is None else end - start
            while remaining > 0 and (chunk := await asyncio.to_thread(file.read, min(CHUNK, remaining))):
                yield chunk
                remaining -= 0 if end is None else len(chunk)

    def local_path(self, bucket: str, key: str) -> Path | None:
        """Return the file to read in place; None when there is none."""
        path = self.path(bucket, key)
        return path if path.is_file() else None

    def download_url(self, bucket: str, key: str, expires: timedelta, *, name: str, media_type: str) -> str | None:
        """Return None: the API serves the files."""
        del bucket, key, expires, name, media_type
        return None

    def url_lifetime(self, expires: timedelta) -> timedelta:
        """Return the lifetime asked for: paths do not expire."""
        return expires

    async def put(self, bucket: str, key: str, content: bytes, media_type: str) -> ObjectFacts:
        """Write a small object, or replace it."""
        del media_type
        target = self.path(bucket, key)
        temporary = self._uploads / f"{uuid.uuid4().hex}.partial"
        with disk_errors(f"s3://{bucket}/{key}"):
            return await asyncio.to_thread(_write, temporary, target, content)

    async def delete(self, bucket: str, key: str) -> None:
        """Delete an object; a missing one is not an error."""
        path = self.path(bucket, key)
        with disk_errors(f"s3://{bucket}/{key}"):
            if await asyncio.to_thread(facts_of, path) is not None:
                await asyncio.to_thread(path.unlink, missing_ok=True)

    async def create_upload(self, bucket: str, key: str, media_type: str) -> str:
        """Begin an upload and return its id."""
        self.path(bucket, key)
        upload_id = uuid.uuid4().hex
        target = json.dumps({"bucket": bucket, "key": key, "mediaType": media_type})
        folder = self._uploads / upload_id
        with disk_errors(f"s3://{bucket}/{key}"):
            await asyncio.to_thread(_write, self._uploads / f"{upload_id}.partial", folder / _TARGET, target.encode())
        return upload_id

    def part_url(self, bucket: str, key: str, upload_id: str, number: int, size: int, expires: timedelta) -> str | None:
        """Return None: parts go through the API."""
        del bucket, key, upload_id, number, size, expires
        return None

    async def put_part(
        self, bucket: str, key: str, upload_id: str, number: int, size: int, content: AsyncIterator[bytes]
    ) -> Part:
        """Store a part; FileNotFoundError when the upload does not exist any more."""
        folder = self._folder(upload_id)
        temporary = folder / f"{number}-{uuid.uuid4().hex}.partial"
        with disk_errors(f"part {number} of s3://{bucket}/{key}"):
            try:
                await _receive(temporary, number, size, content)
                return await asyncio.to_thread(_keep_part, temporary, folder, number)
            finally:
                temporary.unlink(missing_ok=True)

    async def parts(self, bucket: str, key: str, upload_id: str) -> Sequence[Part] | None:
        """List the parts; None when the upload does not exist any more."""
        folder = self._folder(upload_id)
        with disk_errors(f"the upload of s3://{bucket}/{key}"):
            return await asyncio.to_thread(_parts, folder)

    async def complete_upload(self, bucket: str, key: str, upload_id: str, parts: Sequence[Part]) -> ObjectFacts:
        """Join the parts to the object; FileNotFoundError when a part or the upload does not exist any more."""
        target, folder = self.path(bucket, key), self._folder(upload_id)
        with disk_errors(f"s3://{bucket}/{key}"):
            return await asyncio.to_thread(_join, folder, [part.number for part in parts], target)

    async def abort_upload(self, bucket: str, key: str, upload_id: str) -> None:
        """Forget the upload and its parts; a missing one is not an error."""
        folder = self._folder(upload_id)
        with disk_errors(f"the upload of s3://{bucket}/{key}"):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def unfinished_uploads(self, bucket: str, before: datetime) -> Sequence[UnfinishedUpload]:
        """List the uploads that began before a time and are neither complete nor aborted."""
        with disk_errors(f"the uploads in {self._uploads}"):
            return await asyncio.to_thread(_unfinished, self._uploads, bucket, before)

    def _folder(self, upload_id: str) -> Path:
        if len(upload_id) != 32 or not set(upload_id) <= set("0123456789abcdef"):
            raise FileNotFoundError(f"there is no upload {upload_id[:100]!r}")
        return self._uploads / upload_id


async def _receive(temporary: Path, number: int, size: int, content: AsyncIterator[bytes]) -> None:
    """Write exactly `size` bytes to a file and sync it."""
    written, buffer = 0, bytearray()
    with await asyncio.to_thread(FileIO, temporary, "wb") as file:
        async for chunk in content:
            buffer += chunk
            if written + len(buffer) > size:
                raise wrong_part_size(number, size)
            if len(buffer) >= CHUNK:
                written += await asyncio.to_thread(_write_all, file, bytes(buffer))
                buffer.clear()
        written += await asyncio.to_thread(_write_all, file, bytes(buffer))
        if written != size:
            raise wrong_part_size(number, size)
        await asyncio.to_thread(os.fsync, file.fileno())


def _open(path: Path) -> FileIO:
    try:
        return FileIO(path, "rb")
    except (IsADirectoryError, NotADirectoryError) as error:
        raise FileNotFoundError(*error.args) from error


def _write_all(file: FileIO, content: bytes) -> int:
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]
    return len(content)


def _write(temporary: Path, target: Path, content: bytes) -> ObjectFacts:
    temporary.parent.mkdir(parents=True, exist_ok=True)
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        move_into_place(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return _existing(target)


def _keep_part(temporary: Path, folder: Path, number: int) -> Part:
    path = folder / str(number)
    temporary.replace(path)
    sync_folder(folder)
    facts = _existing(path)
    return Part(number, facts.bytes, facts.etag)


def _parts(folder: Path) -> list[Part] | None:
    if not (folder / _TARGET).exists():
        return None
    numbers = sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())
    files = ((number, facts_of(folder / str(number))) for number in numbers)
    return [Part(number, facts.bytes, facts.etag) for number, facts in files if facts is not None]


def _join(folder: Path, numbers: Sequence[int], target: Path) -> ObjectFacts:
    temporary = folder / f"joined-{uuid.uuid4().hex}.partial"
    with temporary.open("wb") as joined:
        for number in numbers:
            with (folder / str(number)).open("rb") as part:
                shutil.copyfileobj(part, joined, CHUNK)
        joined.flush()
        os.fsync(joined.fileno())
    move_into_place(temporary, target)
    shutil.rmtree(folder, ignore_errors=True)
    return _existing(target)


def _existing(path: Path) -> ObjectFacts:
    facts = facts_of(path)
    if facts is None:
        message = f"{path} disappeared while it was written: another program changes the data folder."
        raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message)
    return facts


def _unfinished(uploads: Path, bucket: str, before: datetime) -> list[UnfinishedUpload]:
    for path in uploads.glob("*.partial"):  # of a write that a crash interrupted
        facts = facts_of(path)
        if facts and (facts.modified_at or datetime.now(UTC)) < before:
            path.unlink(missing_ok=True)
    unfinished = []
    for path in uploads.glob(f"*/{_TARGET}"):
        facts = facts_of(path)
        target = json.loads(path.read_bytes()) if facts else {}
        if facts and target["bucket"] == bucket and (facts.modified_at or datetime.now(UTC)) < before:
            unfinished.append(UnfinishedUpload(target["key"], path.parent.name))
    return unfinished
