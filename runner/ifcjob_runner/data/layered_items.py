"""Whether presentation layers have items that the data child has not opened, because only geometry reads them."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ifcjob_runner.data.attribute_access import File, argument, pointers

_CHUNK = 1024**2
_LAYER = re.compile(rb"IFCPRESENTATIONLAYER(?:ASSIGNMENT|WITHSTYLE)\b", re.IGNORECASE)
_TEXT_OR_REFERENCE = re.compile(rb"'(?:[^']|'')*+'|(#\d+)")


def lacks_layered_items(file: File, path: Path) -> bool:
    """Return whether the file's text assigns more items to layers than the engine has opened."""
    layers = file.by_type("IfcPresentationLayerAssignment")
    if not layers:
        return False
    opened = 0
    for layer in layers:
        with suppress(RuntimeError):  # a line that cannot be read
            opened += len(pointers(argument(layer, 2)))
    return sum(map(_assigned, _statements(path))) > opened


def _assigned(statement: bytes) -> int:
    """Return the number of references in the first list of a statement."""
    outside = _TEXT_OR_REFERENCE.sub(lambda match: b"#" if match[1] else b"", statement)
    _, _, items = outside.partition(b"(")[2].partition(b"(")
    return items.partition(b")")[0].count(b"#")


def _statements(path: Path) -> Iterator[bytes]:
    """Yield the layers as they are written, from the name of the class to the next semicolon outside texts."""
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            rest += chunk
            while layer := _LAYER.search(rest):
                end = _end(rest, layer.end())
                if end < 0:
                    rest = rest[layer.start() :]
                    break
                yield rest[layer.start() : end]
                rest = rest[end:]
            else:
                rest = rest[-64:]


def _end(text: bytes, start: int) -> int:
    end = text.find(b";", start)
    while end >= 0 and text.count(b"'", start, end) % 2:
        end = text.find(b";", end + 1)
    return end
