"""The fetch stage: bring one IFC file to the local disk, compute its checksum, and enforce the size limit.

A local file is read in place; a remote file is streamed into the workspace. An archive is unpacked; its first bytes
identify it, not its name.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import Source
from ifcjob_runner.transfer import http_pool
from ifcjob_runner.transfer.disk import raising_disk_full
from ifcjob_runner.workspace import Workspace

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

OnBytes = Callable[[int, int], None]
_CHUNK = 1024**2


@dataclass(frozen=True)
class Fetched:
    """The input on the disk."""

    path: Path
    """The STEP text: the source itself, or a file in the workspace."""
    uri: str
    """Where it came from, without credentials."""
    name: str
    """The file's name for people, as fetched."""
    sha256: str
    """Checksum of the bytes as fetched, before unpacking."""
    bytes: int
    """Size as fetched, before unpacking."""
    archive: Path | None = None
    """The zip that `path` was in."""
    member: str | None = None
    """The name of the IFC file in the zip."""


def fetch(
    source: Source, workspace: Workspace, on_bytes: OnBytes, timing: http_pool.Timing = http_pool.TIMING
) -> Fetched:
    """Bring the source to a local path; call `on_bytes` with (done, total), where 0 is an unknown total."""
    if http_pool.is_http(source.uri):
        fetched = _download(source, workspace, on_bytes, timing)
    else:
        fetched = _read(source, on_bytes)
    if source.sha256 and fetched.sha256 != source.sha256:
        message = f"{fetched.name} has the SHA-256 {fetched.sha256}, but the request names {source.sha256}."
        raise RunFailure(FailureReason.INPUT_CHANGED, message)
    return _unpacked(fetched, workspace, source.max_bytes)


def _read(source: Source, on_bytes: OnBytes) -> Fetched:
    path = local_path(source.uri)
    name = source.name or path.name
    try:
        with open(path, "rb", buffering=0, opener=_open_without_waiting) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise RunFailure(
                    FailureReason.INPUT_NOT_FOUND, f"{path} is not a file.", hint="Give the path of one IFC file."
                )
            if before.st_size > source.max_bytes:
                raise _too_large(name, before.st_size, source.max_bytes)
            digest = _Digest(name, before.st_size, source.max_bytes, on_bytes)
            buffer = memoryview(bytearray(_CHUNK))
            while count := file.readinto(buffer):
                digest.add(buffer[:count])
            after = os.fstat(file.fileno())
    except OSError as error:
        raise unreadable(path, error) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        message = f"{path} changed while it was read: another program is still writing it."
        raise RunFailure(
            FailureReason.INPUT_CHANGED, message, hint="Wait until the export is complete, then run again."
        )
    return Fetched(path, source.public_uri or path.absolute().as_uri(), name, digest.hexdigest(), digest.done)


def _download(source: Source, workspace: Workspace, on_bytes: OnBytes, timing: http_pool.Timing) -> Fetched:
    uri = source.public_uri or http_pool.public_url(source.uri)
    name = source.name or unquote(urlsplit(source.uri).path.rpartition("/")[2]) or "download.ifc"
    path = workspace.path("source")
    redirects = http_pool.MAX_REDIRECTS if source.follow_redirects else 0
    with http_pool.request("GET", source.uri, redirects=redirects, timing=timing) as response:
        _check_status(uri, response)
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isdecimal() else 0
        if total > source.max_bytes:
            raise _too_large(name, total, source.max_bytes)
        digest = _Digest(name, total, source.max_bytes, on_bytes)
        with raising_disk_full(path), path.open("wb") as file:
            for chunk in response.stream(_CHUNK, decode_content=False):
                digest.add(chunk)
                file.write(chunk)
    return Fetched(path, uri, name, digest.hexdigest(), digest.done)


class _Digest:
    """Counts and hashes bytes as they pass, and raises at the size limit."""

    def __init__(self, name: str, total: int, max_bytes: int, on_bytes: OnBytes) -> None:
        self.done = 0
        self._name, self._total, self._max_bytes, self._on_bytes = name, total, max_bytes, on_bytes
        self._hash = hashlib.sha256()

    def add(self, chunk: bytes | memoryview) -> None:
        self.done += len(chunk)
        if self.done > self._max_bytes:
            raise _too_large(self._name, self.done, self._max_bytes)
        self._hash.update(chunk)
        self._on_bytes(self.done, self._total)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _check_status(uri: str, response: "BaseHTTPResponse") -> None:
    if response.status in (200, 203, 204):
        return
    status = http_pool.status_of(response)
    http_pool.refuse_expired(uri, status)
    message = f"{uri} answers {status}."
    if response.status in (404, 410):
        raise RunFailure(FailureReason.INPUT_NOT_FOUND, message)
    if response.status >= 500 or response.status in http_pool.RETRY_STATUSES:
        raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message)
    if 300 <= response.status < 400:
        hint = "If the file is there, give that URL instead."
        message = f"{uri} redirects to another URL (HTTP {response.status}), and this run must not follow redirects."
        raise RunFailure(FailureReason.ACCESS_DENIED, message, hint=hint)
    raise RunFailure(FailureReason.ACCESS_DENIED, message)


def _unpacked(fetched: Fetched, workspace: Workspace, max_bytes: int) -> Fetched:
    with fetched.path.open("rb") as file:
        magic = file.read(4)
    if magic not in (b"PK\x03\x04", b"PK\x05\x06") and magic[:2] != b"\x1f\x8b":
        return fetched
    from ifcjob_runner.input import archive  # zipfile costs 10 ms, and most files are plain

    target = workspace.path("unpacked.ifc")
    if magic[:2] != b"PK":
        archive.gunzip(fetched.path, fetched.name, target, max_bytes)
        return replace(fetched, path=target)
    member = archive.unzip(fetched.path, fetched.name, target, max_bytes)
    return replace(fetched, path=target, archive=fetched.path, member=member)


def local_path(uri: str) -> Path:
    """Return the path of a source that is not an http(s) URL."""
    scheme, separator, _ = uri.partition("://")
    if not separator or "/" in scheme:
        return Path(uri)
    parts = urlsplit(uri)
    if scheme.lower() != "file" or parts.netloc not in ("", "localhost"):
        message = f"The source {http_pool.public_url(uri)} is not a path, a local file:// URI or an http(s) URL."
        hint = "Object stores need a presigned https:// URL here."
        raise RunFailure(FailureReason.INVALID_REQUEST, message, hint=hint)
    return Path(unquote(parts.path))


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file without blocking, as a named pipe without a writer would."""
    return os.open(path, flags | os.O_NONBLOCK)


def unreadable(path: Path, error: OSError) -> RunFailure:
    """Return the failure of a file that cannot be opened or read."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP):
        return RunFailure(FailureReason.INPUT_NOT_FOUND, f"{path} does not exist.", hint=_similar(path))
    if error.errno == errno.EISDIR:
        return RunFailure(FailureReason.INPUT_NOT_FOUND, f"{path} is a folder.", hint="Give the path of one IFC file.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return RunFailure(
            FailureReason.ACCESS_DENIED, f"No permission to read {path}.", hint="Check the file's permissions."
        )
    return RunFailure(FailureReason.STORAGE_UNAVAILABLE, f"{path} cannot be read: {error.strerror or error}.")


def _similar(path: Path) -> str | None:
    import difflib  # only a missing file needs it

    try:
        names = {entry.name.lower(): entry.name for entry in path.parent.iterdir()}
    except OSError:
        return f"The folder {path.parent} does not exist either." if not path.parent.exists() else None
    matches = [names[name] for name in difflib.get_close_matches(path.name.lower(), names, n=3, cutoff=0.7)]
    return f"Did you mean {' or '.join(matches)}?" if matches else None


def _too_large(name: str, size: int, max_bytes: int) -> RunFailure:
    return RunFailure(FailureReason.INPUT_TOO_LARGE, f"{name} has {size} bytes or more; the limit is {max_bytes}.")
