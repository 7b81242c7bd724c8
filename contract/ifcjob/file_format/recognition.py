"""Recognize an IFC file, plain or in an archive, by its first and last bytes, with the runner's own readers.

It refuses what no run could read, before a job is made of it. It never refuses a file that the runner reads, but the
runner, which reads all bytes, may still refuse a file that this recognizes.
"""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import Literal

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.file_format.any_header import header_of
from ifcjob.file_format.other_formats import other_format
from ifcjob.file_format.step_schema import choose_schema
from ifcjob.file_format.wide_text import MARK, wide_text
from ifcjob.file_format.zip_members import MAX_DIRECTORY_BYTES, only_ifc

HEAD_BYTES = 2**20
"""As many as the runner searches for the end of the header."""
TAIL_BYTES = 2**16 + 128
"""zipfile searches the end of a zip in as many: its longest comment, and the end record."""
NAMES = (".ifc", ".ifczip", ".ifc.gz", ".zip", ".gz")
"""Endings of the files that can be IFC."""
_END = re.compile(rb"END-ISO-10303-21|ENDSEC", re.IGNORECASE)

FileFormat = Literal["ifc", "ifczip", "ifc.gz"]


@dataclass(frozen=True)
class Recognized:
    """The form of an IFC file."""

    format: FileFormat
    schema: str | None = None
    """IFC2X3, IFC4 or IFC4X3_ADD2; None for a zip, whose content is not read here."""


def refuse_name(name: str) -> None:
    """Raise NotAnIfcFile for a name that says another format."""
    if name.lower().endswith(NAMES):
        return
    other = other_format(b"", name)
    message = f"{name} is {other.name}." if other else f"{name} does not end in .ifc, .ifczip or .ifc.gz."
    raise RunFailure(FailureReason.NOT_AN_IFC_FILE, message, hint=other.hint if other else None)


def recognize(head: bytes, tail: bytes, size: int, name: str) -> Recognized:
    """Recognize a file of `size` bytes by its first HEAD_BYTES and last TAIL_BYTES, or raise RunFailure."""
    if size == 0:
        raise RunFailure(FailureReason.NOT_AN_IFC_FILE, f"{name} is empty (0 bytes).")
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        _check_members(head, tail, size, name)
        return Recognized("ifczip")
    if head[:2] == b"\x1f\x8b":
        return Recognized("ifc.gz", _schema(_inflated(head, name), name, is_whole=False)[0])
    if wide := wide_text(head):
        text = head.decode(wide.codec, "ignore").lstrip(MARK).encode("utf-8", "replace")
        return Recognized("ifc", _schema(text, name, is_whole=size == len(head))[0])
    schema, header_end = _schema(head, name, is_whole=size == len(head))
    _check_end(tail[max(0, header_end - (size - len(tail))) :], size, name)
    return Recognized("ifc", schema)


def _schema(head: bytes, name: str, *, is_whole: bool) -> tuple[str, int]:
    header = header_of(head, name, is_whole=is_whole)
    return choose_schema(header.schemas, name).engine, header.end


def _check_end(tail: bytes, size: int, name: str) -> None:
    """Raise TruncatedFile when neither a section nor the file ends here; blanks and zero bytes may follow the end."""
    if _END.search(tail) or (len(tail) == TAIL_BYTES and not tail.strip(b"\x00 \t\r\n")):
        return
    last = " ".join(tail.rstrip(b"\x00")[-60:].decode("ascii", "replace").split())
    message = f"{name} ends after {size} bytes without END-ISO-10303-21; it breaks off at: …{last}"
    raise RunFailure(FailureReason.TRUNCATED_FILE, message)


def _inflated(head: bytes, name: str) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
    except zlib.error as error:
        message = f"{name} is a damaged archive: {error}."
        raise RunFailure(FailureReason.TRUNCATED_FILE, message, hint="Upload the archive again.") from error


def _check_members(head: bytes, tail: bytes, size: int, name: str) -> None:
    try:
        with zipfile.ZipFile(_Ends(head, tail, size)) as archive:
            only_ifc(archive.infolist(), name)
    except _NotAtAnEnd as error:
        if error.needed > MAX_DIRECTORY_BYTES:
            message = f"{name} has a list of members of {error.needed} bytes; one IFC file is expected."
            raise RunFailure(FailureReason.UNSAFE_ARCHIVE, message) from error
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, OSError) as error:
        message = f"{name} is an incomplete or damaged zip archive: {error}."
        raise RunFailure(FailureReason.TRUNCATED_FILE, message, hint="Upload the archive again.") from error


class _NotAtAnEnd(Exception):
    """A read of bytes that are neither at the beginning nor at the end of the file."""

    def __init__(self, needed: int) -> None:
        super().__init__(needed)
        self.needed = needed


class _Ends(io.RawIOBase):
    """A file of which only both ends are there."""

    def __init__(self, head: bytes, tail: bytes, size: int) -> None:
        self._head, self._tail, self._size = head, tail, size
        self._offset = 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._offset

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._offset, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError("an offset before the beginning of the file")
        self._offset = base + offset
        return self._offset

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._size, self._offset + size)
        start, self._offset = self._offset, max(self._offset, end)
        tail_start = self._size - len(self._tail)
        if start >= tail_start:
            return self._tail[start - tail_start : end - tail_start]
        if end <= len(self._head):
            return self._head[start:end]
        raise _NotAtAnEnd(end - start)
