"""Files of the folder store: safe paths, atomic writes, and errors of the disk as failures."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_backends.storage.protocol import ObjectFacts

_BUCKET = re.compile(r"[a-z0-9][-.a-z0-9]{1,61}[a-z0-9]")
_MAX_NAME_BYTES = 240
"""File systems take 255; temporary names are longer than the final ones."""
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


def safe_path(root: Path, bucket: str, key: str) -> Path:
    """Return the path of an object; RunFailure for a key that a folder cannot hold, or that leads out of it."""
    segments = key.split("/")
    is_safe = _BUCKET.fullmatch(bucket) is not None and ".." not in bucket and len(key.encode()) <= 1024
    if not is_safe or not all(map(_is_safe_segment, segments)):
        message = f"s3://{bucket}/{key[:200]} cannot be stored in a folder: its name is not a plain relative path."
        raise RunFailure(FailureReason.INVALID_REQUEST, message, hint="Use another bucket or key.")
    return root.joinpath(bucket, *segments)


def facts_of(path: Path) -> ObjectFacts | None:
    """Return the facts about a file; None when there is none."""
    try:
        stat = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if path.is_dir():
        return None
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}-{stat.st_ino:x}"'
    return ObjectFacts(stat.st_size, etag, datetime.fromtimestamp(stat.st_mtime, UTC))


def move_into_place(temporary: Path, target: Path) -> None:
    """Give a complete and synced file its name, so that it survives a crash of the machine."""
    missing = [folder for folder in (target.parent, *target.parent.parents) if not folder.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(target)
    for folder in (target.parent, *(created.parent for created in missing)):
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Write a folder's entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_errors(place: str) -> Iterator[None]:
    """Raise DiskFull or StorageUnavailable for an error of the disk; a missing file stays FileNotFoundError."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise RunFailure(FailureReason.DISK_FULL, f"no space is left for {place}.") from error
        message = f"{place} cannot be read or written: {error.strerror or error}."
        raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message, hint="Check the data folder.") from error


def _is_safe_segment(segment: str) -> bool:
    return segment not in ("", ".", "..") and segment.isprintable() and len(segment.encode()) <= _MAX_NAME_BYTES
