"""Split the data of a STEP file into statements, also where a quote, a comment or a semicolon is missing.

A line that begins with `#42=` begins a statement: neither a text nor a comment that is meant contains such a line,
except for lines that someone commented out.
"""

import re
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from ifcjob_runner.input.step_scan import Structure, marks_of

_CHUNK = 1024**2
_PIECE = re.compile(
    rb"(?:[^;'/]++|'(?:[^'\r\n]|''|[\r\n](?!\s*#\d+\s*=\s*[A-Za-z]))*+'|/(?!\*)"
    rb"|/\*(?:[^*\r\n]|\*(?!/)|[\r\n](?!\s*#\d+\s*=))*+\*/)*+"
)
_PLAIN = re.compile(rb"(?:(?:[^;'/\x00\x80-\xff]++|'(?:[^'\r\n\x00\x80-\xff]|'')*+')*+;)++")
_PLAIN_WITHOUT_ESCAPES = re.compile(rb"(?:(?:[^;'/\\\x00\x80-\xff]++|'(?:[^'\\\r\n\x00\x80-\xff]|'')*+')*+;)++")
_NEXT = re.compile(rb"[\r\n]\s*(?=#\d+\s*=\s*[A-Za-z])")
_PAGE_QUOTE = re.compile(rb"\\S\\'('?)(?=(\s*[,)])?)")
_LINE_END = re.compile(rb"[\r\n]|\Z")
TEXT_OR_COMMENT = re.compile(rb"'(?:[^']|'')*+'|/\*.*?\*/", re.DOTALL)
_TWO_VALUES = re.compile(r"\?\([^()]{2}")
"""The kinds of a typed value with two values, such as IFCREAL(1,5)."""
_STATEMENT_END = re.compile(rb"(?:[\s;]|/\*.*?\*/)*+", re.DOTALL)
_TOKEN = re.compile(
    rb"(?P<space>\s++|/\*.*?\*/)|(?P<S>'(?:[^']|'')*+')|(?P<R>#\d++)|(?P<E>\.\w++\.)"
    rb"|(?P<N>[+-]?\d++(?:\.\d*+)?(?:[Ee][+-]?\d++)?(?![\w.]))|(?P<null>[$*])|(?P<X>\"[0-9A-Fa-f]*+\")"
    rb"|(?P<typed>[A-Za-z]\w*+)(?=\s*\()|(?P<open>\()|(?P<close>\))|(?P<comma>,)",
    re.DOTALL,
)


class Statement(NamedTuple):
    """One statement with what stands in front of it."""

    text: bytes
    """All bytes after the previous statement, up to and with the semicolon."""
    line: int
    """The line on which the statement itself begins."""
    problem: str = ""
    """Why it cannot be read, for people; such as `a text has no end`."""
    is_block: bool = False
    """Whether it is many statements in ASCII, none of which needs a closer look."""


class Argument(NamedTuple):
    """One attribute as it is written."""

    kind: str
    """R, S, N, E or X as in the schemas' signatures, ? typed, $ none, `[` a list with its kinds, ! unreadable."""
    text: bytes


class Splitter:
    """Yields the statements of a file from its current position."""

    def __init__(
        self, file: BufferedReader, line: int, *, in_blocks: bool = False, escapes_are_plain: bool = True
    ) -> None:
        """Begin at the file's position, on `line`; `in_blocks` yields plain statements together."""
        self._in_blocks = in_blocks
        self._plain = _PLAIN if escapes_are_plain else _PLAIN_WITHOUT_ESCAPES
        self._file = file
        self._buffer = bytearray()
        self._is_complete = False
        self._size = _CHUNK
        self._line = line
        self.unclosed_comments: list[int] = []
        """Lines of comments without an end."""
        self.escapes = 0
        """Quotes behind \\S\\, which the engine takes for the end of no text."""

    def __iter__(self) -> Iterator[Statement]:
        position = 0
        while True:
            if self._in_blocks and (block := self._plain.match(self._buffer, position)):
                yield Statement(block[0], self._line, is_block=True)
                self._line += line_breaks(block[0])
                position = block.end()
            piece = self._end_of_piece(position)
            if piece is None:
                del self._buffer[:position]
                position = 0
                self._read()
                continue
            end, problem = piece
            text = bytes(self._buffer[position:end])
            if text:
                yield from self._split(text, problem)
            position = end
            if self._is_complete and position >= len(self._buffer):
                return

    def _read(self) -> None:
        chunk = self._file.read(self._size)
        is_complete = len(chunk) < self._size
        while b"\\" in chunk[-6:] and (more := self._file.read(16)):  # no escape may begin here and end in the next
            chunk += more
        if b"\\S\\'" in chunk:
            chunk, count = _PAGE_QUOTE.subn(_plain_quote, chunk)
            self.escapes += count
        self._buffer += chunk
        self._is_complete = is_complete
        self._size = max(_CHUNK, len(self._buffer))

    def _end_of_piece(self, position: int) -> tuple[int, str] | None:
        """Return where the statement at `position` ends, and its problem; None when more bytes are needed."""
        buffer, start = self._buffer, position
        while True:
            end = _PIECE.match(buffer, start).end()  # type: ignore[union-attr]  # it matches nothing, too
            if buffer[end : end + 1] == b";":
                return end + 1, ""
            if end == len(buffer) or (buffer[end : end + 1] == b"/" and end + 2 > len(buffer)):
                return (len(buffer), "") if self._is_complete else None
            if buffer[end : end + 1] == b"'":
                following = _NEXT.search(buffer, end)
                if following is None and not self._is_complete:
                    return None
                return following.start() if following else len(buffer), "a text has no end"
            closing = buffer.find(b"*/", end + 2)
            if closing < 0 and not self._is_complete:
                return None
            start = self._blank_comment(position, end, closing)

    def _blank_comment(self, position: int, start: int, closing: int) -> int:
        """Overwrite a comment that spans statements, or the rest of its line when its end is missing."""
        buffer = self._buffer
        if closing < 0 or buffer.find(b"/*", start + 2, closing) >= 0:
            end = _LINE_END.search(buffer, start).start()  # type: ignore[union-attr]
            self.unclosed_comments.append(self._line + line_breaks(buffer[position:start]))
        else:
            end = closing + 2
        buffer[start:end] = re.sub(rb"[^\r\n]", b" ", buffer[start:end])
        return start

    def _split(self, text: bytes, problem: str) -> Iterator[Statement]:
        """Yield a piece, or the several statements in it when a semicolon is missing."""
        starts = [0]
        if b"=" in text[text.find(b"=") + 1 :]:
            outside = TEXT_OR_COMMENT.sub(lambda m: b"x" * len(m[0]), text)
            head = len(outside) - len(outside.lstrip())
            starts.extend(m.start() for m in _NEXT.finditer(outside, head) if m.start() > head)
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
            part = text[start:end]
            body = part.lstrip()
            line = self._line + line_breaks(part[: len(part) - len(body)])
            self._line += line_breaks(part)
            if end == len(text):
                yield Statement(part, line, problem)
            elif body.rstrip().endswith(b")"):
                yield Statement(part.rstrip() + b";" + part[len(part.rstrip()) :], line)
            else:
                yield Statement(part, line, "its end is missing")


def _plain_quote(match: re.Match[bytes]) -> bytes:
    """Write the paragraph sign as such; at the end of a text, the backslashes are meant."""
    if match[2] is None:
        return b"\\X\\A7"
    return b"\\X\\A7'" if match[1] else b"\\\\S\\\\'"


def line_breaks(text: bytes | bytearray) -> int:
    """Return the number of line ends: LF, CRLF or CR."""
    return text.count(b"\n") or text.count(b"\r")


def count_statements(path: Path, header_end: int) -> int:
    """Return the number of equals signs outside texts and comments."""
    structure = Structure()
    with path.open("rb") as file:
        file.seek(header_end)
        for statement in Splitter(file, 1, in_blocks=True):
            structure.add(marks_of(statement.text if statement.is_block else TEXT_OR_COMMENT.sub(b"", statement.text)))
    return structure.statements


def arguments_of(text: bytes) -> list[Argument] | None:
    """Return the attributes between the outer brackets of `text`; None when its brackets do not match."""
    arguments: list[Argument] = []
    depth, start, position = 0, 1, 0
    kinds: list[str] = []
    while position < len(text):
        token = _TOKEN.match(text, position)
        name = token.lastgroup if token else None
        if name == "open":
            if depth:
                kinds.append("(")
            depth += 1
        elif name == "close" or (name == "comma" and depth == 1):
            depth -= name == "close"
            if name == "close" and depth:
                kinds.append(")")
            elif depth == 0 or name == "comma":
                if kinds or arguments or name == "comma":
                    arguments.append(Argument(_kind(kinds), text[start:position].strip()))
                kinds, start = [], position + 1
                if depth == 0:
                    return arguments if _STATEMENT_END.fullmatch(text, position + 1) else None
        elif name not in ("space", "comma"):
            kinds.append("!" if name is None else "$" if name == "null" else "?" if name == "typed" else name)
        position = token.end() if token else position + 1
    return None


def _kind(kinds: list[str]) -> str:
    if "!" in kinds or not kinds:
        return "!"
    if _TWO_VALUES.search("".join(kinds)):
        return "!"
    if kinds[0] == "?":
        return "?" if kinds.count("(") == kinds.count(")") else "!"
    if kinds[0] != "(":
        return kinds[0] if len(kinds) == 1 else "!"
    depth = next((i for i, kind in enumerate(kinds) if kind != "("), 1)
    leaves = {kind for kind in kinds if kind not in "()"}
    if "?" in leaves:
        return "[" * depth + "?"
    return "[" * depth + ("".join(sorted(leaves)) or "")
