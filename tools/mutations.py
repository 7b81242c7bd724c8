"""Ten kinds of damage to a STEP file; the seed of a mutation is its number, so that each can be repeated."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LINE = re.compile(rb"^#\d+ *=.*;", re.MULTILINE)
_REFERENCE = re.compile(rb"(?<=[(,])#\d+")
_VALUE = re.compile(rb"(?<=[(,])(?:'[^']*'|-?\d+\.?\d*(?:E-?\d+)?|\.\w+\.|\$)(?=[,)])")


def _at(content: bytes, random: random.Random) -> int:
    """Return an offset in the data."""
    return random.randrange(content.find(b"DATA;") + 5, content.rfind(b"ENDSEC"))


def _replaced(
    content: bytes, pattern: re.Pattern[bytes], random: random.Random, new: Callable[[bytes], bytes]
) -> bytes:
    matches = list(pattern.finditer(content, content.find(b"DATA;")))
    if not matches:
        return content
    match = random.choice(matches)
    return content[: match.start()] + new(match[0]) + content[match.end() :]


def _high_bytes(content: bytes, random: random.Random) -> bytes:
    at = _at(content, random)
    return content[:at] + bytes(random.randrange(128, 256) for _ in range(random.randrange(1, 4))) + content[at:]


def _zero_bytes(content: bytes, random: random.Random) -> bytes:
    at = _at(content, random)
    return content[:at] + bytes(random.randrange(1, 9)) + content[at:]


def _unclosed_comment(content: bytes, random: random.Random) -> bytes:
    at = _at(content, random)
    return content[:at] + b"/*" + content[at:]


def _reference_for_value(content: bytes, random: random.Random) -> bytes:
    return _replaced(content, _VALUE, random, lambda _: b"#%d" % random.randrange(1, 60))


def _value_for_reference(content: bytes, random: random.Random) -> bytes:
    value = random.choice([b"'text'", b"1.5", b".T.", b"$", b"*", b"(1,2)", b"IFCLABEL('x')", b"#999999", b"'"])
    return _replaced(content, _REFERENCE, random, lambda _: value)


def _wrong_reference(content: bytes, random: random.Random) -> bytes:
    return _replaced(content, _REFERENCE, random, lambda _: b"#%d" % random.randrange(1, 90))


def _lost_bytes(content: bytes, random: random.Random) -> bytes:
    at = _at(content, random)
    return content[:at] + content[at + random.randrange(1, 40) :]


def _lost_mark(content: bytes, random: random.Random) -> bytes:
    mark = random.choice([rb"'", rb"\(", rb"\)", rb";", rb",", rb"=", rb"\n", rb"#", rb"\$"])
    return _replaced(content, re.compile(mark), random, lambda _: b"")


def _other_mark(content: bytes, random: random.Random) -> bytes:
    mark = random.choice([b"'", b"(", b")", b";", b",", b"=", b"\n", b"#", b"$", b"*", b'"', b"\\", b".", b"\\X2\\"])
    at = _at(content, random)
    return content[:at] + mark + content[at + random.randrange(2) :]


def _moved_line(content: bytes, random: random.Random) -> bytes:
    lines = [match[0] for match in _LINE.finditer(content)]
    line = random.choice(lines)
    return _replaced(content, _LINE, random, lambda old: random.choice([line, b"", old[: len(old) // 2], old + line]))


KINDS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "high bytes": _high_bytes,
    "zero bytes": _zero_bytes,
    "unclosed comment": _unclosed_comment,
    "reference for a value": _reference_for_value,
    "value for a reference": _value_for_reference,
    "wrong reference": _wrong_reference,
    "lost bytes": _lost_bytes,
    "lost mark": _lost_mark,
    "other mark": _other_mark,
    "moved line": _moved_line,
}
"""Ten kinds of damage."""


def mutated(content: bytes, number: int) -> tuple[str, bytes]:
    """Return the kind and the content of a mutation; the same for the same number."""
    generator = random.Random(number)
    kind = list(KINDS)[number % len(KINDS)]
    return kind, KINDS[kind](content, generator)
