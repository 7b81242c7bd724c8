"""Unpack the only IFC file of a zip (`.ifczip`) or gzip, and refuse malicious archives.

An archive's own claims are not trusted: sizes are counted while inflating, and member names never become paths.
"""

import errno
import gzip
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path
from typing import IO

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.file_format.zip_members import MAX_DIRECTORY_BYTES, only_ifc
from ifcjob_runner.transfer.disk import raising_disk_full

BOMB_BYTES = 256 * 1024**2
BOMB_RATIO = 200
"""STEP text deflates to a fifth or a thirtieth of its size; an archive beyond both numbers is a bomb."""
_DAMAGE = (zipfile.BadZipFile, zlib.error, LZMAError, EOFError, OSError, ValueError, OverflowError, struct.error)
_CHUNK = 1024**2


def unzip(archive: Path, name: str, target: Path, max_bytes: int) -> str:
    """Write the only IFC member of a zip to `target`, and return its name."""
    with _raising_archive_errors(name):
        _check_directory(archive, name)
        with zipfile.ZipFile(archive) as opened:
            member = only_ifc(opened.infolist(), name)
            if member.file_size > max_bytes:
                raise _too_large(name, max_bytes)
            with opened.open(member) as reader:
                _inflate(reader, name, target, max_bytes, member.compress_size)
            return member.filename


def gunzip(archive: Path, name: str, target: Path, max_bytes: int) -> None:
    """Write the content of a gzip to `target`."""
    with _raising_archive_errors(name), gzip.open(archive) as reader:
        _inflate(reader, name, target, max_bytes, archive.stat().st_size)


def head_of(path: Path, name: str, size: int) -> bytes:
    """Return the first bytes of a file or, if it is a zip or gzip, of the IFC file in it."""
    with path.open("rb") as file:
        head = file.read(size)
    with _raising_archive_errors(name):
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path) as reader:
                return reader.read(size)
        if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            _check_directory(path, name)
            with zipfile.ZipFile(path) as opened, opened.open(only_ifc(opened.infolist(), name)) as member:
                return member.read(size)
    return head


def _check_directory(archive: Path, name: str) -> None:
    """Refuse a huge list of members before zipfile loads it."""
    with archive.open("rb") as file:
        # The only way to learn the size before ZipFile() loads all of it; index 5 is the directory's size.
        end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    if end is None:
        raise RunFailure(FailureReason.TRUNCATED_FILE, f"{name} is an incomplete zip archive: its end is missing.")
    if end[5] > MAX_DIRECTORY_BYTES:
        raise RunFailure(FailureReason.UNSAFE_ARCHIVE, f"{name} lists {end[4]} members; one IFC file is expected.")


def _inflate(reader: IO[bytes] | gzip.GzipFile, name: str, target: Path, max_bytes: int, packed: int) -> None:
    done = 0
    with raising_disk_full(target), target.open("wb") as out:
        while chunk := reader.read(_CHUNK):
            done += len(chunk)
            if done > BOMB_BYTES and done > packed * BOMB_RATIO:
                message = f"{name} inflates from {packed} to more than {done} bytes: it is a zip bomb."
                raise RunFailure(FailureReason.UNSAFE_ARCHIVE, message)
            if done > max_bytes:
                raise _too_large(name, max_bytes)
            out.write(chunk)


@contextmanager
def _raising_archive_errors(name: str) -> Iterator[None]:
    try:
        yield
    except NotImplementedError as error:
        hint = "Zip the file again with the usual method (Deflate)."
        raise RunFailure(FailureReason.UNSAFE_ARCHIVE, f"{name} cannot be unpacked: {error}.", hint=hint) from error
    except _DAMAGE as error:
        # EINVAL: an offset before the file's start. No errno: an error of bzip2.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        hint = "Upload the archive again, or zip the file again."
        raise RunFailure(FailureReason.TRUNCATED_FILE, f"{name} is a damaged archive: {error}.", hint=hint) from error


def _too_large(name: str, max_bytes: int) -> RunFailure:
    return RunFailure(FailureReason.INPUT_TOO_LARGE, f"{name} unpacks to more than the limit of {max_bytes} bytes.")
