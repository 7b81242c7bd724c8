"""Read a STEP header that the engine refuses, and write the header that it means.

Certain is: a byte order mark, lower case, another order, a missing first line, FILE_DESCRIPTION or FILE_NAME,
statements of older editions, and a schema without its brackets. A header without a schema stays an error.
"""

import re

from ifcjob.file_format.step_header import HeaderError, HeaderWithoutEndError, StepHeader

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SPACE = rb"(?:\s|\x00|/\*.*?\*/)*+"
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?" + _SPACE + rb"(?:(ISO-10303-21|STEP)" + _SPACE + b";|(?=HEADER" + _SPACE + b";))" + _SPACE,
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(rb"HEADER" + _SPACE + b";" + _SPACE, re.IGNORECASE | re.DOTALL)
_STATEMENT = re.compile(
    rb"(!?\w+)" + _SPACE + rb"(\((?:[^;'/]++|'(?:[^']|'')*+'|/\*.*?\*/|/)*+);" + _SPACE, re.IGNORECASE | re.DOTALL
)
_ENDSEC = re.compile(rb"ENDSEC" + _SPACE + b";" + _SPACE, re.IGNORECASE | re.DOTALL)
_DATA = re.compile(rb"(?:DATA" + _SPACE + rb"[;(]|#\d+\s*=)", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(rb"'((?:[^']|'')*+)'")
_NAME = re.compile(rb"\bIFC\w+", re.IGNORECASE)
_DESCRIPTION = b"FILE_DESCRIPTION((''),'2;1')"
_FILE_NAME = b"FILE_NAME('','',(''),(''),'','','')"
_OLDER = {b"FILE_IDENTIFICATION": b"FILE_NAME", b"IMP_LEVEL": b""}
"""Statements of the drafts of ISO 10303-21, and their names since 1994."""
_ARGUMENTS = re.compile(rb"'(?:[^']|'')*+'|\((?:[^()']|'(?:[^']|'')*+')*+\)|[$*]", re.DOTALL)


def place_of(head: bytes, offset: int) -> str:
    """Return `line L, column C` of an offset."""
    before = head[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return f"line {before.count(10) + 1}, column {len(before) - before.rfind(10)}"


def repair_header(head: bytes) -> StepHeader:
    """Read the header from a file's first bytes; raise HeaderError with line and column when its meaning is unsure."""
    start = _START.match(head)
    if not start:
        raise HeaderError(f"it does not begin with ISO-10303-21; HEADER; ({place_of(head, 0)})")
    problems = ["a byte order mark stands in front"] if head.startswith(BYTE_ORDER_MARK) else []
    if start[1] is None:
        problems.append("ISO-10303-21; is missing")
    elif start[1] != b"ISO-10303-21":
        problems.append(f"it begins with {start[1].decode()}")
    position = start.end()
    if section := _SECTION.match(head, position):
        position = section.end()
    else:
        problems.append("HEADER; is missing")
    statements, position = _statements(head, position)
    names = [name for name, _ in statements if name]
    problems.extend(_order_problems(names))
    arguments = dict(reversed([(name, text) for name, text in statements if name]))
    schemas = _schemas(arguments.get(b"FILE_SCHEMA", b""), head, position)
    problems = problems or ["its statements are not written as ISO 10303-21 requires"]
    return StepHeader(schemas, position, start=_written(arguments), problems=problems)


def _statements(head: bytes, position: int) -> tuple[list[tuple[bytes, bytes]], int]:
    """Return the statements with their arguments, and the offset after the header."""
    statements = []
    while statement := _STATEMENT.match(head, position):
        if statement[1].upper() == b"DATA":
            break
        name = statement[1].upper()
        statements.append((_OLDER.get(name, name), statement[2].rstrip()))
        position = statement.end()
    if end := _ENDSEC.match(head, position):
        follows = re.compile(rb"(\w+)" + _SPACE + rb"[;(]").match(head, end.end())
        if follows and follows[1].upper() != b"DATA":
            raise HeaderError(f"{follows[1].decode('latin-1')} follows it, not the DATA section")
        return statements, end.end()
    if _DATA.match(head, position):
        return statements, position
    if re.search(rb"\bDATA\s*;", head[position:], re.IGNORECASE):
        raise HeaderError(f"it cannot be read from {place_of(head, position)}: {_shown(head, position)}")
    raise HeaderWithoutEndError(f"it does not end within the first {len(head)} bytes")


def _shown(head: bytes, position: int) -> str:
    return ascii(head[position : position + 40].decode("latin-1"))


def _order_problems(names: list[bytes]) -> list[str]:
    standard = [b"FILE_DESCRIPTION", b"FILE_NAME", b"FILE_SCHEMA"]
    problems = [f"{name.decode()} is missing" for name in standard[:2] if name not in names]
    present = [name for name in names if name in standard]
    if present != [name for name in standard if name in present] or names[: len(present)] != present:
        problems.append(f"its statements have the order {', '.join(name.decode('latin-1') for name in names[:5])}")
    return problems


def _schemas(text: bytes, head: bytes, position: int) -> list[str]:
    names = [name.replace(b"''", b"'") for name in _QUOTED.findall(text)] or _NAME.findall(text)
    if not names:
        raise HeaderError(f"it has no FILE_SCHEMA(('…')) statement before {place_of(head, position)}")
    return [name.decode("latin-1") for name in names]


def _written(arguments: dict[bytes, bytes]) -> bytes:
    description, name = arguments.get(b"FILE_DESCRIPTION"), arguments.get(b"FILE_NAME")
    statements = [
        _DESCRIPTION if description is None else b"FILE_DESCRIPTION" + _of_kinds(description, b"(s"),
        _FILE_NAME if name is None else b"FILE_NAME" + _of_kinds(name, b"ss((sss"),
    ]
    return b"ISO-10303-21;HEADER;" + b"".join(statement + b";" for statement in statements)


def _of_kinds(text: bytes, kinds: bytes) -> bytes:
    """Return arguments with the number and kinds that the engine requires: `s` is a text, `(` a list of texts."""
    given = _ARGUMENTS.findall(text.strip()[1:-1])
    arguments = []
    for number, kind in enumerate(kinds):
        value = given[number] if number < len(given) else b"''"
        is_list = value.startswith(b"(")
        if kind == ord("("):
            value = value if is_list and _QUOTED.search(value) else b"('')" if is_list else b"(" + value + b")"
        elif is_list:
            value = (*(b"'" + part + b"'" for part in _QUOTED.findall(value)), b"''")[0]
        arguments.append(value)
    return b"(" + b",".join(arguments) + b")"
