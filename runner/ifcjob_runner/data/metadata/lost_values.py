"""Values that the engine cannot read: it takes them for unset and only logs them."""

import re
from pathlib import Path

from ifcjob_runner.data.document import Finding, finding

_ENUMERATION = re.compile(r"An enumeration literal '([^']*)' is not valid for type '(\w+)' at offset (\d+)")
# An unknown measure, such as IFCFOO(0.5), is an unreadable instance, which `Model` reports.
_MISPLACED = re.compile(r"An enumeration literal '([^']*)' is not expected at attribute index '\d+' at offset (\d+)")
_KEYWORD = re.compile(r"Entity with name '([^']*)' not found in schema '\w+' at offset (\d+)")
_MISREAD = re.compile(
    r"An enumeration literal '\d\w*' is not expected|Entity with name '(?:nan|inf|ind)' not found"
    r"|Expected (\d+) attribute values, found (\d+)",
    re.IGNORECASE,
)
_LISTED = 20


def has_misread_numbers(log: str) -> bool:
    """Return whether the engine has read other numbers than the file has, such as 1 for `1,5` and nothing for `.5`."""
    return any(match[1] is None or int(match[2]) > int(match[1]) for match in _MISREAD.finditer(log))


def lost_values_finding(log: str, path: Path) -> Finding | None:
    """Return the finding of the values that the log names, with their lines in the file; None without any."""
    if "at offset" not in log:
        return None
    problems = {(int(at), f".{name}. is not a value of {kind}") for name, kind, at in _ENUMERATION.findall(log)}
    problems |= {
        (int(at), f"{name} is neither a value nor a class")
        for name, at in _KEYWORD.findall(log)
        if name[:3].upper() != "IFC"
    }
    misplaced = _MISPLACED.findall(log)
    problems |= {(int(at), f".{name}. stands where the schema has no enumeration") for name, at in misplaced}
    if not problems:
        return None
    distinct = sorted(problems)
    lines = _lines(path, [offset for offset, _ in distinct[:_LISTED]])
    places = [f"line {line}: {text}" for line, (_, text) in zip(lines, distinct, strict=False)]
    more = "; …" if len(distinct) > _LISTED else ""
    message = f"{len(distinct)} values are unknown and are read as unset: {'; '.join(places)}{more}"
    return finding("UnreadableValue", message, count=len(distinct), severity="error")


def _lines(path: Path, offsets: list[int]) -> list[int]:
    """Return the line of each offset, in ascending order."""
    lines, line, position = [], 1, 0
    with path.open("rb") as file:
        for offset in offsets:
            text = file.read(max(0, offset - position))
            position += len(text)
            line += text.count(b"\n") or text.count(b"\r")
            lines.append(line)
    return lines
