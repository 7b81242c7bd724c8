"""The header's texts and the number of instances per class, read from STEP text without an engine."""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_CHUNK = 8 * 1024**2
_INSTANCE = re.compile(rb"(?:^|[;\n])\s*#\d+\s*=\s*([A-Za-z]\w*)\s*\(")
_APPLICATION = re.compile(rb"=\s*IFCAPPLICATION\s*(\((?:[^;']|'(?:[^']|'')*')*\))\s*;", re.IGNORECASE)
_STATEMENT = rb"\b%s\s*(\((?:[^;']|'(?:[^']|'')*')*\))\s*;"
_TOKEN = re.compile(rb"'((?:[^']|'')*)'|([(),])|([^(),\s']+)")
_ESCAPE = re.compile(
    rb"\\X2\\((?:[0-9A-Fa-f]{4})+)\\X0\\|\\X4\\((?:[0-9A-Fa-f]{8})+)\\X0\\|\\X\\([0-9A-Fa-f]{2})|\\S\\(.)|\\P[A-I]\\|(\\\\)"
)
Value = str | list["Value"] | None


@dataclass
class Outline:
    """The content of a file at a glance."""

    description: list[str] = field(default_factory=list)
    """FILE_DESCRIPTION: usually the view definition."""
    name: str | None = None
    """FILE_NAME: the name when it was written."""
    timestamp: str | None = None
    authors: list[str] = field(default_factory=list)
    organizations: list[str] = field(default_factory=list)
    preprocessor: str | None = None
    originating_system: str | None = None
    applications: list[str] = field(default_factory=list)
    """Every distinct IfcApplication, with its version."""
    classes: dict[str, int] = field(default_factory=dict)
    """Instances per class, the most frequent first."""

    @property
    def instances(self) -> int:
        """The number of instances."""
        return sum(self.classes.values())

    @property
    def products(self) -> dict[str, int]:
        """The classes that are IfcProduct, such as elements and spaces."""
        known = class_names()
        return {name: count for name, count in self.classes.items() if known.get(name.upper(), ("", False))[1]}


@cache
def class_names() -> dict[str, tuple[str, bool]]:
    """Return the spelling of each class by its name in upper case, and whether it is an IfcProduct."""
    lines = (Path(__file__).parent / "class_names.txt").read_text("ascii").split("\n")
    pairs = [line.split(" ") for line in lines if line]
    return {name.upper(): (name, mark == "+") for name, mark in pairs}


def outline(path: Path, header_end: int) -> Outline:
    """Read the header, and count the instances chunk by chunk."""
    counts: Counter[bytes] = Counter()
    applications: dict[str, None] = {}
    with path.open("rb") as file:
        result = _header(file.read(header_end))
        rest = b"\n"
        while chunk := file.read(_CHUNK):
            data = rest + chunk
            end = data.rfind(b";") if len(chunk) == _CHUNK else len(data)
            counts.update(_INSTANCE.findall(data, 0, end))
            applications |= dict.fromkeys(map(_application, _APPLICATION.findall(data, 0, end + 1)))
            rest = data[end:]
    known = class_names()
    for name, count in counts.most_common():
        spelled = known.get(name.upper().decode(), (name.decode(), False))[0]
        result.classes[spelled] = result.classes.get(spelled, 0) + count
    result.applications = [application for application in applications if application]
    return result


def _header(head: bytes) -> Outline:
    description, name = _arguments(head, b"FILE_DESCRIPTION"), _arguments(head, b"FILE_NAME")
    name += [None] * (7 - len(name))
    return Outline(
        description=_texts(description[0] if description else None),
        name=_text(name[0]),
        timestamp=_text(name[1]),
        authors=_texts(name[2]),
        organizations=_texts(name[3]),
        preprocessor=_text(name[4]),
        originating_system=_text(name[5]),
    )


def _arguments(head: bytes, keyword: bytes) -> list[Value]:
    statement = re.search(_STATEMENT % keyword, head, re.IGNORECASE)
    return _parsed(statement[1]) if statement else []


def _application(arguments: bytes) -> str:
    values = [*_parsed(arguments), None, None, None]
    name, version = _text(values[2]) or "", _text(values[1]) or ""
    return name if name.endswith(version) else f"{name} {version}".strip()


def _parsed(arguments: bytes) -> list[Value]:
    """Return the arguments of a statement; anything but a text or a list is None."""
    stack: list[list[Value]] = [[]]
    for quoted, mark, other in _TOKEN.findall(arguments):
        if mark == b"(":
            stack.append([])
        elif mark == b")" and len(stack) > 1:
            closed = stack.pop()
            stack[-1].append(closed)
        elif not mark:
            stack[-1].append(None if other else _decoded(quoted))
    first = stack[0][0] if stack[0] else None
    return first if isinstance(first, list) else []


def _decoded(quoted: bytes) -> str:
    def character(match: re.Match[bytes]) -> bytes:
        two_bytes, four_bytes, byte, shifted, backslash = match.groups()
        if digits := two_bytes or four_bytes:
            return bytes.fromhex(digits.decode()).decode("utf-16-be" if two_bytes else "utf-32-be", "replace").encode()
        if byte or shifted:
            return chr(int(byte, 16) if byte else shifted[0] + 128).encode()
        return b"\\" if backslash else b""

    return _ESCAPE.sub(character, quoted.replace(b"''", b"'")).decode("utf-8", "replace")


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(value: Value) -> list[str]:
    return [text for text in value if isinstance(text, str) and text] if isinstance(value, list) else []
