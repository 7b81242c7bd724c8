"""Unpack the only IFC file of a zip (`.ifczip`) or gzip, and refuse malicious archives.

An archive's own claims are not trusted: sizes are counted while inflating, and member names never become paths.
"""

import errno
import gzip
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_runner.transfer.disk import raising_disk_full

MAX_DIRECTORY_BYTES = 4 * 1024**2
"""zipfile loads the whole list of members; an archive of one IFC file needs no more than this."""
BOMB_BYTES = 256 * 1024**2
BOMB_RATIO = 200
"""STEP text deflates to a fifth or a thirtieth of its size; an archive beyond both numbers is a bomb."""
_DAMAGE = (zipfile.BadZipFile, zlib.error, LZMAError, EOFError, OSError, ValueError, OverflowError, struct.error)
_ENCRYPTED = 0x1
_CHUNK = 1024**2


def unzip(archive: Path, name: str, target: Path, max_bytes: int) -> str:
    """Write the only IFC member of a zip to `target`, and return its name."""
    with _raising_archive_errors(name):
        _check_directory(archive, name)
        with zipfile.ZipFile(archive) as opened:
            member = _only_ifc(opened.infolist(), name)
            if member.file_size > max_bytes:
                raise _too_large(name, max_bytes)
            with opened.open(member) as reader:
                _inflate(reader, name, target, max_bytes, member.compress_size)
            return member.filename


def gunzip(archive: Path, name: str, target: Path, max_bytes: int) -> None:
    """Write the content of a gzip to `target`."""
    with _raising_archive_errors(name), gzip.open(archive) as reader:
        _inflate(reader, name, target, max_bytes, archive.stat().st_size)


def _check_directory(archive: Path, name: str) -> None:
    """Refuse a huge list of members before zipfile loads it."""
    with archive.open("rb") as file:
        # The only way to learn the size before ZipFile() loads all of it; index 5 is the directory's size.
        end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    if end is None:
        raise RunFailure(FailureReason.TRUNCATED_FILE, f"{name} is an incomplete zip archive: its end is missing.")
    if end[5] > MAX_DIRECTORY_BYTES:
        raise RunFailure(FailureReason.UNSAFE_ARCHIVE, f"{name} lists {end[4]} members; one IFC file is expected.")


def _only_ifc(members: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    files = [m for m in members if not m.is_dir() and not _is_resource_fork(m.filename)]
    for member in files:
        _check_member(member, name)
    models = [m for m in files if m.filename.lower().endswith(".ifc")]
    if len(models) == 1:
        return models[0]
    if models:
        message = f"{name} contains {len(models)} IFC files ({_some(models)}), not one."
        raise RunFailure(FailureReason.UNSAFE_ARCHIVE, message)
    message = f"{name} contains no .ifc file, only {_some(files)}." if files else f"{name} is an empty zip archive."
    raise RunFailure(FailureReason.UNSAFE_ARCHIVE, message, hint="Zip exactly one IFC file in STEP text (.ifc).")


def _check_member(member: zipfile.ZipInfo, name: str) -> None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    quoted = ascii(member.filename[:100])
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise RunFailure(FailureReason.UNSAFE_ARCHIVE, f"{name} contains {quoted}, a path outside the archive.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise RunFailure(FailureReason.UNSAFE_ARCHIVE, f"{name} contains {quoted}, a symbolic link.")
    if member.flag_bits & _ENCRYPTED:
        hint = "Zip the IFC file again without a password."
        raise RunFailure(FailureReason.UNSAFE_ARCHIVE, f"{name} is encrypted ({quoted}).", hint=hint)


def _is_resource_fork(member: str) -> bool:
    """Tell whether macOS added this member."""
    path = PurePosixPath(member)
    return path.parts[:1] == ("__MACOSX",) or path.name.startswith("._")


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


def _some(members: list[zipfile.ZipInfo]) -> str:
    names = [ascii(m.filename[:100]) for m in members[:5]]
    return ", ".join(names) + (f" and {len(members) - 5} more" if len(members) > 5 else "")
