"""Write the texts of statements so that every engine reads the same characters."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ifcjob_runner.input.repair.code_pages import decoded, escaped
from ifcjob_runner.input.repair.statements import TEXT_OR_COMMENT, line_breaks

_ASCII = bytes(range(128))
_ESCAPE = re.compile(
    rb"(?P<plain>\\\\|\\S\\[^']|\\P[A-I]\\)|\\X\\(?P<byte>[0-9A-Fa-f]{2})"
    rb"|(?P<wide>(?:\\X2\\(?:[0-9A-Fa-f]{4})+\\X0\\)+|\\X2\\(?:[0-9A-Fa-f]{4})+)(?P<odd>[0-9A-Fa-f]*(?=\\X0\\))?"
    rb"|(?P<long>\\X4\\(?:[0-9A-Fa-f]{8})+(?:\\X0\\)?)|(?P<empty>\\X[24]\\\\X0\\)|(?P<line>\\N\\)|(?P<other>\\)"
)
_DIGITS = re.compile(rb"\\X[0-9]\\")


@dataclass
class Texts:
    """Rewrites texts and counts what was changed."""

    page: str = "utf-8"
    """The code page of bytes above 127."""
    zero_bytes: list[int] = field(default_factory=list)
    """Lines of texts with zero bytes."""
    escapes: list[int] = field(default_factory=list)
    """Lines of escapes that the engine misreads, but that have a certain meaning."""
    cut: list[int] = field(default_factory=list)
    """Lines of texts with parts of characters."""
    quotes: int = 0
    """Quotes behind \\S\\."""
    unreadable: list[int] = field(default_factory=list)
    """Lines of escapes for no character."""
    text_bytes: int = 0
    """Bytes above 127 in texts and comments."""
    _line: int = 0

    def in_ascii(self, text: bytes, line: int) -> bytes:
        """Escape the characters in texts; elsewhere, in comments, they are dropped."""
        self.text_bytes += len(text.translate(None, _ASCII))

        def escape(match: re.Match[bytes]) -> bytes:
            value = match[0]
            if value.startswith(b"/*"):
                return _ascii(value)
            if b"\0" in value:
                self.zero_bytes.append(line)
                value = value.replace(b"\0", b"")
            if value.isascii():
                return value
            known = decoded(value, self.page)
            if "\ufffd" in known and b"\xef\xbf\xbd" not in value:
                self.cut.append(line)
            return escaped(known)

        parts, end = [], 0
        for match in TEXT_OR_COMMENT.finditer(text):
            parts += [_ascii(text[end : match.start()]), escape(match)]
            end = match.end()
        return b"".join([*parts, _ascii(text[end:])])

    def with_plain_escapes(self, text: bytes, line: int) -> bytes:
        """Write the escapes of a statement that begins on `line` so that no engine loses a character."""
        start = len(text) - len(text.lstrip())
        parts, end = [], 0
        for match in TEXT_OR_COMMENT.finditer(text):
            if b"\\" in match[0] and not match[0].startswith(b"/*"):
                self._line = line + line_breaks(text[start : match.start()])
                parts += [text[end : match.start()], _ESCAPE.sub(self._plain_escape, match[0])]
                end = match.end()
        return b"".join([*parts, text[end:]])

    def _plain_escape(self, match: re.Match[bytes]) -> bytes:
        kind = match.lastgroup if match["wide"] is None else "wide"
        if kind == "byte" and match["byte"] == b"00":
            self.zero_bytes.append(self._line)
            return b""
        if kind in ("plain", "byte"):
            return match[0]
        if kind == "wide":
            return self._wide(match)
        if kind == "long":
            return self._characters(map(_code, re.findall(rb"[0-9A-Fa-f]{8}", match[0][4:])), match[0])
        self.escapes.append(self._line)
        return {"empty": b"", "line": b"\\X\\0A"}.get(kind or "", b"\\\\")

    def _wide(self, match: re.Match[bytes]) -> bytes:
        digits = _DIGITS.sub(b"", match["wide"])
        odd = match["odd"] or b""
        if odd or not match["wide"].endswith(b"\\X0\\"):
            (self.unreadable if odd else self.escapes).append(self._line)
        units = bytes.fromhex(digits.decode()).decode("utf-16-be", "surrogatepass")
        return self._characters(map(ord, units), match["wide"]) + odd

    def _characters(self, codes: Iterable[int], written: bytes) -> bytes:
        """Return the escapes of some characters: `written`, when all of them are as they should be."""
        known = list(codes)
        if 0 in known:
            self.zero_bytes.append(self._line)
        is_broken = any(code > 0x10FFFF or 0xD800 <= code < 0xE000 for code in known)
        if is_broken:
            self.unreadable.append(self._line)
        text = "".join("\ufffd" if c > 0x10FFFF or 0xD800 <= c < 0xE000 else chr(c) for c in known if c)
        if max(text, default="") > "\uffff" and written.startswith(b"\\X2"):
            self.escapes.append(self._line)
        elif 0 not in known and not is_broken and written.endswith(b"\\X0\\"):
            return written
        return escaped(text) if not text.isascii() else b"".join(_ascii_escape(c) for c in text)


def _code(digits: bytes) -> int:
    return int(digits, 16)


def _ascii_escape(character: str) -> bytes:
    return b"\\X\\%02X" % ord(character)


def _ascii(text: bytes) -> bytes:
    return text if text.isascii() and b"\0" not in text else re.sub(rb"[\x00\x80-\xff]", b" ", text)
