"""Whether presentation layers have items that the data child has not opened, because only geometry reads them."""

import mmap
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ifcjob_runner.data.attribute_access import File, argument, pointers
from ifcjob_runner.data.mapped_file import mapped, release_pages

_CAPITALS = b"IFCPRESENTATIONLAYER"
_LAYER = re.compile(rb"IFCPRESENTATIONLAYER(?:ASSIGNMENT|WITHSTYLE)\b", re.IGNORECASE)
_TEXT_OR_REFERENCE = re.compile(rb"'(?:[^']|'')*+'|(#\d+)")

_WINDOW = 16 << 20
"""Bytes of the file that are in memory at a time."""


def lacks_layered_items(file: File, path: Path) -> bool:
    """Return whether the file's text assigns more items to layers than the engine has opened."""
    layers = file.by_type("IfcPresentationLayerAssignment")
    if not layers:
        return False
    opened = 0
    for layer in layers:
        with suppress(RuntimeError):  # a line that cannot be read
            opened += len(pointers(argument(layer, 2)))
    return sum(map(_assigned, _statements(path, len(layers)))) > opened


def _assigned(statement: bytes) -> int:
    """Return the number of references in the first list of a statement."""
    outside = _TEXT_OR_REFERENCE.sub(lambda match: b"#" if match[1] else b"", statement)
    _, _, items = outside.partition(b"(")[2].partition(b"(")
    return items.partition(b")")[0].count(b"#")


def _statements(path: Path, layers: int) -> Iterator[bytes]:
    """Yield the layers as they are written, from the name of the class to the next semicolon outside texts."""
    with mapped(path) as text:
        starts = list(_in_capitals(text))
        if len(starts) < layers:  # ten times slower, and rarely needed
            starts = [match.start() for match in _LAYER.finditer(text)]
        for start in starts:
            yield text[start : _end(text, start)]


def _in_capitals(text: mmap.mmap) -> Iterator[int]:
    for first in range(0, len(text), _WINDOW):
        last = first + _WINDOW + len(_CAPITALS) - 1
        start = text.find(_CAPITALS, first, last)
        while start >= 0:
            if _LAYER.match(text, start):
                yield start
            start = text.find(_CAPITALS, start + 1, last)
        release_pages(text)


def _end(text: mmap.mmap, start: int) -> int:
    end = text.find(b";", start)
    while end >= 0 and text[start:end].count(b"'") % 2:
        end = text.find(b";", end + 1)
    return end if end >= 0 else len(text)
