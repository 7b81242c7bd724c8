"""Read the schema from a STEP header, as strictly as the engine does.

IfcOpenShell requires upper case keywords and FILE_DESCRIPTION, FILE_NAME, FILE_SCHEMA in this order, and a FILE_SCHEMA
that is not a list of strings kills it with a segmentation fault: such a header must never reach it.
"""

import re
from dataclasses import dataclass, field

_SPACE = r"(?:\s|/\*.*?\*/)*+"
_STRING = r"(?:'[^']*')+"


def _spaced(*parts: str) -> str:
    return _SPACE.join(parts)


def _compiled(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode(), re.DOTALL)


_NAMES = f"(?P<names>{_STRING}(?:{_spaced('', ',', _STRING)})*)"
_START = _compiled(_spaced("", "ISO-10303-21", ";", "HEADER", ";"))
_STATEMENT = _compiled(
    "|".join(
        (
            f"(?P<schema>{_spaced('FILE_SCHEMA', '[(]', '[(]', _NAMES, '[)]', '[)]', ';')})",
            f"(?P<end>{_spaced('ENDSEC', ';')})",
            f"(?P<data>{_spaced('(?i:DATA)', '[;(]')})",
            rf"(?P<keyword>!?\b\w++){_spaced('', '[(]')}",
            _STRING,
            r"/\*.*?\*/",
        )
    )
)
_SECTION = _compiled(_spaced("", r"(\w+)", "[;(]"))
_ONE_STRING = _compiled(_STRING)


class HeaderError(ValueError):
    """A problem of a header; its text completes "its STEP header cannot be read: …"."""


class HeaderWithoutEndError(HeaderError):
    """The bytes end before the header does."""


@dataclass(frozen=True)
class StepHeader:
    """The part of a header that decides whether the engine can read the file."""

    schemas: list[str]
    """The identifiers in FILE_SCHEMA, as written."""
    end: int
    """Offset of the first byte after the header."""
    schema_span: tuple[int, int] = (0, 0)
    """Where the identifiers are."""
    start: bytes | None = None
    """The header up to FILE_SCHEMA as the engine requires it, when the file's own differs."""
    problems: list[str] = field(default_factory=list)
    """The differences, for people."""


def read_header(head: bytes) -> StepHeader:
    """Read the header from a file's first bytes, or raise HeaderError."""
    start = _START.match(head)
    if not start:
        raise HeaderError("it does not begin with ISO-10303-21; HEADER;")
    keywords: list[bytes] = []
    schemas: list[str] = []
    span = (0, 0)
    for statement in _STATEMENT.finditer(head, start.end()):
        if statement["schema"]:
            keywords.append(b"FILE_SCHEMA")
            span = statement.span("names")
            schemas = [_unquoted(name) for name in _ONE_STRING.findall(statement["names"])]
        elif statement["keyword"]:
            keywords.append(statement["keyword"])
        elif statement["end"] or statement["data"]:
            _check_order(keywords, schemas)
            return StepHeader(schemas, _end(head, statement), span)
    raise HeaderWithoutEndError(f"it does not end within the first {len(head)} bytes")


def _unquoted(string: bytes) -> str:
    return string[1:-1].replace(b"''", b"'").decode("latin-1")


def _check_order(keywords: list[bytes], schemas: list[str]) -> None:
    if not schemas:
        raise HeaderError("it has no FILE_SCHEMA(('…')) statement")
    if keywords[:3] != [b"FILE_DESCRIPTION", b"FILE_NAME", b"FILE_SCHEMA"]:
        names = b", ".join(keywords[:3]).decode("latin-1")
        raise HeaderError(f"it begins with {names} instead of FILE_DESCRIPTION, FILE_NAME, FILE_SCHEMA")


def _end(head: bytes, statement: re.Match[bytes]) -> int:
    if statement["data"]:
        return statement.start()
    section = _SECTION.match(head, statement.end())
    if section and section[1].upper() != b"DATA":
        raise HeaderError(f"{section[1].decode('latin-1')} follows it, not the DATA section")
    return statement.end()
