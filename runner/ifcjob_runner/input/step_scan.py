"""One quick pass over the bytes of a STEP file: whether it ends, and what the engine would lose without a word.

Reads, never maps: a file that shrinks under a memory map kills the process.
"""

import codecs
import re
from dataclasses import dataclass, field
from io import SEEK_END, FileIO
from pathlib import Path

_CHUNK = 256 * 1024
_OVERLAP = 256
_TAIL = 64 * 1024
_HOLE = b"\x00" * 512
"""As long as a disk sector: an interrupted copy, not a stray byte."""
_ASCII = bytes(range(128))
# Case-sensitive on purpose: ignoring case makes a search thirty times slower.
_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
_END = re.compile(rb"END-ISO-10303-21\b")
_DATA_END = re.compile(rb"ENDSEC\s*;\s*(?:E|EN|END|END-[ISO0-9-]*)?[\s\x00]*\Z")
_NEXT_DATA = re.compile(rb"ENDSEC\s*;\s*DATA\s*[;(]")


@dataclass
class Scan:
    """What the pass saw."""

    has_end: bool = False
    """Whether END-ISO-10303-21 is there."""
    has_data_end: bool = False
    """Whether nothing but END-ISO-10303-21 is missing."""
    last_text: str = ""
    """The last characters of the file, to show where it was cut."""
    non_ascii: int = 0
    """Bytes above 127; STEP text has none."""
    is_utf8: bool = True
    """Whether those bytes read as UTF-8."""
    nuls: int = 0
    """Zero bytes before END-ISO-10303-21."""
    hole: int | None = None
    """Offset of a sector of zero bytes, when there is one."""
    data_sections: int = 0
    """DATA sections that follow another section's ENDSEC, the header's included."""
    _utf8: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"), repr=False)

    def add(self, window: bytearray, offset: int) -> None:
        """Count what is in `window`, at `offset` in the file; its first bytes repeat the end of the one before."""
        if not window.isascii():
            fresh = bytes(window[_OVERLAP:])
            self.non_ascii += len(fresh.translate(None, _ASCII))
            self.is_utf8 = self.is_utf8 and self._reads_as_utf8(fresh)
        if b"\x00" in window:
            self.nuls += window.count(b"\x00", _OVERLAP)
            hole = window.find(_HOLE, _OVERLAP)
            if self.hole is None and hole >= 0:
                self.hole = offset + hole
        if window.rfind(b"ENDSEC") >= 0:
            self.data_sections += sum(found.end() > _OVERLAP for found in _NEXT_DATA.finditer(window))

    def _reads_as_utf8(self, chunk: bytes) -> bool:
        try:
            self._utf8.decode(chunk)
        except UnicodeDecodeError:
            return False
        return True


def scan(path: Path, header_end: int) -> Scan:
    """Look at every byte up to END-ISO-10303-21, and at what stands in its place."""
    seen = Scan()
    with path.open("rb", buffering=0) as file:
        left = _look_at_tail(file, header_end, seen)
        tail = left - _TAIL
        offset = file.seek(0) - _OVERLAP
        window = bytearray(b" " * _OVERLAP + bytes(_CHUNK))
        while count := file.readinto(memoryview(window)[_OVERLAP : _OVERLAP + min(_CHUNK, left)]):
            del window[_OVERLAP + count :]
            # Rare: more than a tail's worth of other bytes behind the end.
            if not seen.has_end and offset < tail and (found := _END.search(window.upper(), 0, tail - offset)):
                seen.has_end = True
                left = count = max(0, found.end() - _OVERLAP)
                del window[_OVERLAP + count :]
            seen.add(window, offset)
            left -= count
            offset += count
            window[:_OVERLAP] = window[-_OVERLAP:]
            window.extend(bytes(_OVERLAP + _CHUNK - len(window)))
    return seen


def _look_at_tail(file: FileIO, header_end: int, seen: Scan) -> int:
    """Note how the file ends; return the offset behind END-ISO-10303-21, or the file's size."""
    size = file.seek(0, SEEK_END)
    start = file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    seen.last_text = " ".join(tail.rstrip(b"\x00")[-60:].decode("ascii", "replace").split())
    tail = _COMMENT.sub(lambda comment: b" " * len(comment[0]), tail.upper())
    for found in _END.finditer(tail):
        seen.has_end = True
        size = start + found.end()
    data_end = _DATA_END.search(tail)
    # The header has an ENDSEC too.
    if data_end and start + data_end.start() >= header_end and not seen.has_end:
        seen.has_data_end = True
        size = start + data_end.start() + len(data_end[0].rstrip(b"\x00"))
    return size
