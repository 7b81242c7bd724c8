"""One fast pass over the bytes of a STEP file: whether it is complete, and content that the engine would drop silently.

It reads and never maps the file: if a mapped file shrinks, the process is killed.
"""

import codecs
import re
from dataclasses import dataclass, field
from io import SEEK_END, FileIO
from pathlib import Path

from ifcjob_runner.input.number_samples import NumberSamples

_CHUNK = 256 * 1024
_OVERLAP = 256
_TAIL = 64 * 1024
_HOLE = b"\x00" * 512
"""As long as a disk sector: an interrupted copy, not stray bytes."""
_ASCII = bytes(range(128))
# Case-sensitive: ignoring case makes the search thirty times slower.
_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
_END = re.compile(rb"END-ISO-10303-21\b")
_LARGE_NUMBER = re.compile(rb"#\d{10}")
_ESCAPE = re.compile(
    rb"\\(?:\\|S\\[^']|P[A-I]\\|X\\(?!00)[0-9A-Fa-f]{2}|X2\\(?:(?!0000|[Dd][89A-Fa-f])[0-9A-Fa-f]{4})+\\X0\\)?"
)
"""An escape that every engine reads; another one is a backslash alone."""
_TEXT_OR_COMMENT = re.compile(rb"'(?:[^']|'')*+'|/\*.*?\*/", re.DOTALL)
_COMMENT_START, _COMMENT_END = re.compile(rb"/\*"), re.compile(rb"\*/")
_ENDS = 4096
_NOT_MARKS = bytes(byte for byte in range(256) if byte not in b"'();=/*")
_DATA_END = re.compile(rb"ENDSEC\s*;\s*(?:E|EN|END|END-[ISO0-9-]*)?[\s\x00]*\Z")
_NEXT_DATA = re.compile(rb"ENDSEC\s*;\s*DATA\s*[;(]")


@dataclass
class Structure:
    """Counts of the marks that separate statements, texts and attributes: when one is missing, the counts differ."""

    statements: int = 0
    """Equals signs outside texts: one per statement."""
    has_open_text: bool = False
    """Whether the number of quotes is odd."""
    ends: int = 0
    """Semicolons outside texts: one per statement, and two per DATA section."""
    opened: int = 0
    closed: int = 0

    def add(self, marks: bytes | bytearray) -> None:
        """Count the marks of the bytes that follow the last ones; see `marks_of`."""
        # Without the pairs of quotes that enclose no mark, few are left to split at.
        parts = marks.replace(b"''", b"").split(b"'")
        outside = b"".join(parts[self.has_open_text :: 2])
        self.has_open_text ^= len(parts) % 2 == 0
        self.statements += outside.count(b"=")
        self.ends += outside.count(b";")
        self.opened += outside.count(b"(")
        self.closed += outside.count(b")")

    def is_broken(self, data_sections: int) -> bool:
        """Return whether a mark is missing, or stands in a comment."""
        is_open = self.has_open_text or self.opened != self.closed
        return is_open or self.ends != self.statements + 2 * data_sections


@dataclass
class Scan:
    """The result of the pass."""

    has_end: bool = False
    """Whether END-ISO-10303-21 is there."""
    has_data_end: bool = False
    """Whether only END-ISO-10303-21 is missing."""
    last_text: str = ""
    """The last characters of the file, to show where it ends."""
    non_ascii: int = 0
    """Bytes above 127; STEP text has none."""
    is_utf8: bool = True
    """Whether those bytes read as UTF-8."""
    nuls: int = 0
    """Zero bytes before END-ISO-10303-21."""
    hole: int | None = None
    """Offset of a sector of zero bytes, when there is one."""
    opened_comments: int = 0
    closed_comments: int = 0
    """Marks of comments, without those in the header and with those in texts: they differ when a comment has no end."""
    has_odd_escapes: bool = False
    """Whether a backslash is not the beginning of a plain escape: the engine loses what follows, or all."""
    has_large_numbers: bool = False
    """Whether the first or the last instances have numbers of ten digits or more."""
    data_sections: int = 0
    """DATA sections that follow another section's ENDSEC, the header's included."""
    structure: Structure = field(default_factory=Structure)
    numbers: NumberSamples = field(default_factory=NumberSamples)
    _rest: bytearray = field(default_factory=bytearray, repr=False)
    _utf8: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"), repr=False)

    def add(self, window: bytearray, marks: bytes | bytearray, offset: int) -> None:
        """Count the bytes in `window`, at `offset` in the file; its first bytes repeat the end of the previous one.

        `marks` has the marks in all of the window.
        """
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
            self.data_sections += sum(section.end() > _OVERLAP for section in _NEXT_DATA.finditer(window))

        if not self.has_odd_escapes and (b"\\" in window or b"\\" in self._rest):
            self._add_escapes(self._rest + window[_OVERLAP:])
        if b"/*" in marks:  # rare, and faster to look for than in the window
            self.opened_comments += len(_COMMENT_START.findall(window, _OVERLAP - 1))
        if self.opened_comments and b"*/" in marks:  # few files have comments
            self.closed_comments += len(_COMMENT_END.findall(window, _OVERLAP - 1))

    def _add_escapes(self, data: bytearray) -> None:
        """Look at the escapes up to the last comma, because an escape may continue in the next window."""
        end = data.rfind(b",") + 1 or len(data)
        self.has_odd_escapes = b"\\" in _ESCAPE.findall(data, 0, end)
        self._rest = data[end:]

    def finish(self) -> None:
        """Look at the escapes behind the last comma."""
        self.has_odd_escapes = self.has_odd_escapes or b"\\" in _ESCAPE.findall(self._rest)

    @property
    def has_broken_structure(self) -> bool:
        """Whether a quote, bracket, equals sign or semicolon is missing, unless a comment has one."""
        return self.structure.is_broken(max(1, self.data_sections))

    @property
    def is_damaged(self) -> bool:
        """Whether only a look at each statement tells what the engines would lose."""
        is_odd = self.has_odd_escapes or self.opened_comments != self.closed_comments
        is_odd = is_odd or self.numbers.are_suspicious
        return bool(self.non_ascii or self.nuls or is_odd or self.has_broken_structure)

    def _reads_as_utf8(self, chunk: bytes) -> bool:
        try:
            self._utf8.decode(chunk)
        except UnicodeDecodeError:
            return False
        return True


def marks_of(data: bytes | bytearray) -> bytes | bytearray:
    """Return the bytes that separate statements, texts, attributes and comments."""
    return data.translate(None, _NOT_MARKS)


def scan(path: Path, header_end: int) -> Scan:
    """Read every byte up to END-ISO-10303-21, or all of them if it is missing."""
    result = Scan()
    with path.open("rb", buffering=0) as file:
        header = _plain_comments(file.read(header_end))
        left = _scan_tail(file, header_end, result)
        tail = left - _TAIL
        offset = file.seek(0) - _OVERLAP
        window = bytearray(b" " * _OVERLAP + bytes(_CHUNK))
        while count := file.readinto(memoryview(window)[_OVERLAP : _OVERLAP + min(_CHUNK, left)]):
            del window[_OVERLAP + count :]
            start = offset + _OVERLAP
            if start < header_end:
                plain = header[start : start + count]
                window[_OVERLAP : _OVERLAP + len(plain)] = plain
            # Rare: other bytes after the end, more than the tail holds.
            if not result.has_end and offset < tail and (end := _END.search(window.upper(), 0, tail - offset)):
                result.has_end = True
                left = count = max(0, end.end() - _OVERLAP)
                del window[_OVERLAP + count :]
            marks = marks_of(window)
            result.add(window, marks, offset)
            result.structure.add(marks[len(marks_of(window[: max(_OVERLAP, header_end - offset)])) :])
            result.numbers.add(window)
            left -= count
            offset += count
            window[:_OVERLAP] = window[-_OVERLAP:]
            window.extend(bytes(_OVERLAP + _CHUNK - len(window)))
    result.finish()
    return result


def _plain_comments(header: bytes) -> bytes:
    """Return the header with comments that are nothing but text.

    Programs write paths into the comment at its beginning, whose backslashes are not escapes.
    """
    if b"/*" not in header:
        return header

    def plain(match: re.Match[bytes]) -> bytes:
        return match[0].replace(b"\\", b" ").replace(b"*", b" ") if match[0].startswith(b"/*") else match[0]

    return _TEXT_OR_COMMENT.sub(plain, header)


def _scan_tail(file: FileIO, header_end: int, result: Scan) -> int:
    """Record how the file ends; return the offset after END-ISO-10303-21, or the file's size."""
    file.seek(0)
    if file.read(3) == codecs.BOM_UTF8:
        result.non_ascii -= 3
    file.seek(header_end)
    first = file.read(_ENDS)
    size = file.seek(0, SEEK_END)
    start = file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    result.has_large_numbers = any(map(_LARGE_NUMBER.search, (first, tail[-_ENDS:])))
    result.last_text = " ".join(tail.rstrip(b"\x00")[-60:].decode("ascii", "replace").split())
    tail = _COMMENT.sub(lambda comment: b" " * len(comment[0]), tail.upper())
    for end in _END.finditer(tail):
        result.has_end = True
        size = start + end.end()
    data_end = _DATA_END.search(tail)
    # The header has an ENDSEC too.
    if data_end and start + data_end.start() >= header_end and not result.has_end:
        result.has_data_end = True
        size = start + data_end.start() + len(data_end[0].rstrip(b"\x00"))
    return size
