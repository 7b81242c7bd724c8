"""Write the texts of statements so that every engine reads the same characters."""

import re
from dataclasses import dataclass, field

from ifcjob_runner.input.repair.code_pages import decoded, escaped
from ifcjob_runner.input.repair.statements import TEXT_OR_COMMENT

_ASCII = bytes(range(128))
_WIDE = re.compile(rb"\\X2\\([0-9A-Fa-f]*)\\X0\\")


@dataclass
class Texts:
    """Rewrites texts and counts what was changed."""

    page: str = "utf-8"
    """The code page of bytes above 127."""
    zero_bytes: list[int] = field(default_factory=list)
    """Lines of texts with zero bytes."""
    escapes: int = 0
    """Escapes that the engine misreads."""
    text_bytes: int = 0
    """Bytes above 127 in texts and comments."""

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
            return value if value.isascii() else escaped(decoded(value, self.page))

        parts, end = [], 0
        for match in TEXT_OR_COMMENT.finditer(text):
            parts += [_ascii(text[end : match.start()]), escape(match)]
            end = match.end()
        return b"".join([*parts, _ascii(text[end:])])

    def without_surrogates(self, text: bytes) -> bytes:
        """Write each surrogate pair as the one character that it means."""
        return _WIDE.sub(self._without_surrogates, text)

    def _without_surrogates(self, match: re.Match[bytes]) -> bytes:
        try:
            text = bytes.fromhex(match[1].decode()).decode("utf-16-be")
        except (ValueError, UnicodeDecodeError):
            return match[0]
        if max(text, default="") <= "\uffff":
            return match[0]
        self.escapes += 1
        return escaped(text)


def _ascii(text: bytes) -> bytes:
    return text if text.isascii() and b"\0" not in text else re.sub(rb"[\x00\x80-\xff]", b" ", text)
