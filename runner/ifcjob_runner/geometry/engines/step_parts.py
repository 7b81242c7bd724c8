"""Copy from a STEP file the statements that some instances need.

ifclite needs about four times the memory of the text it gets, and reads all of it in each call: parts of a large file
limit that memory. Finding the statements takes half as long as one such call takes to read the file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ifcjob_runner.data.mapped_file import release_pages
from ifcjob_runner.geometry.shapes import leaves

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from ifcjob_runner.geometry.shapes import Shape

    Ints = npt.NDArray[np.int64]

WHOLE_BYTES = 48 << 20
"""A smaller file is read as a whole, also where memory is short: ifclite rounds around a point from its text.

Up to this size that takes less CPU time than finding the statements, and other processes of the run need more memory.
"""
PART_BYTES = 24 << 20
"""The size that parts are made for."""
WHOLE_SHAPES = 20_000
"""The most shapes that ifclite gets at once with a whole file."""
_CHUNK = 4 << 20
_DIGITS = 9
"""The most digits of a number that is kept in 32 bits."""
_SPARSE = 16
"""The numbers of a file are a table when they are at most so many times its statements."""
_PROJECT, _SECTION_END, _COMMENT = b"IFCPROJECT(", b"ENDSEC", b"/*"
_MARKS = [re.compile(re.escape(mark)) for mark in (_PROJECT, _SECTION_END, _COMMENT)]


class _Tokens(NamedTuple):
    """The numbers of instances in a piece of the file, in order."""

    numbers: npt.NDArray[np.int32]
    begins: npt.NDArray[np.bool_]
    """Whether a statement begins with it; otherwise it is a reference."""
    starts: Ints
    """Offsets of the statements."""
    quotes: int
    """Quotes in the piece."""
    marks: list[tuple[bytes, int]]
    """The matches of `_MARKS`, and their offsets."""


class StepParts:
    """The statements of a file, by the instances to which they refer."""

    def __init__(self, content: mmap.mmap, tokens: list[_Tokens], end: int, projects: list[int]) -> None:
        """Take the numbers of the file's only data section, and the offsets of its end and of its projects."""
        self._content, self._end = content, end
        self._starts = np.concatenate([*(piece.starts for piece in tokens), [end]])
        begins = np.concatenate([piece.begins for piece in tokens])
        numbers = np.concatenate([piece.numbers for piece in tokens])
        tokens.clear()
        places = np.flatnonzero(begins).astype(np.int32)
        self._references = numbers[places[0] :][~begins[places[0] :]]
        counts = np.arange(len(places) + 1, dtype=np.int32)
        self._first = np.concatenate([places, [len(numbers)]], dtype=np.int32) - counts - places[0]
        self._row_of = _rows_by_number(numbers[places])
        self._scratch = np.zeros(len(places), np.int32)
        # Each part needs the units and contexts of the project.
        self._always = np.searchsorted(self._starts, projects, side="right") - 1

    @classmethod
    def of(cls, content: mmap.mmap) -> StepParts | None:
        """Find the statements; None for a file from which parts cannot safely be copied."""
        end = content.rfind(_SECTION_END)
        # From the end of the header: its texts and comments do not matter.
        tokens = list(_tokens(content, content.find(_SECTION_END), end)) if end >= 0 else []
        if any(len(piece.numbers) and piece.numbers.min() < 0 for piece in tokens):
            return None
        first = next((int(piece.starts[0]) for piece in tokens if len(piece.starts)), None)
        if first is None or sum(piece.quotes for piece in tokens) % 2:
            return None
        marks = [mark for piece in tokens for mark in piece.marks]
        projects = [offset for mark, offset in marks if mark == _PROJECT and offset > first]
        # A comment may hide a statement, and another section repeats the numbers.
        if not projects or any(mark == _COMMENT or (mark == _SECTION_END and offset > first) for mark, offset in marks):
            return None
        parts = cls(content, tokens, end, projects)
        return parts if len(parts._row_of) else None

    def groups(self, shapes: dict[int, Shape]) -> Iterator[tuple[dict[int, Shape], memoryview | None]]:
        """Yield the shapes in groups, in order, with a text that has all that they need; None: that is the whole file.

        A shape that ifclite meshes as a product needs also what refers to it.
        """
        products = {index: shape for index, shape in shapes.items() if not (shape.parts or shape.solids)}
        rest = [index for index in shapes if index not in products]
        size = max(1, len(rest) * PART_BYTES // len(self._content))
        pending = [rest[first : first + size] for first in range(0, len(rest), size)][::-1]
        while pending:
            group = pending.pop()
            needed = self._needed_by(_items_of(shapes[index] for index in group))
            if len(group) > 1 and self._size_of(needed) > PART_BYTES * 3 // 2:
                middle = len(group) // 2
                pending += [group[middle:], group[:middle]]
                continue
            yield {index: shapes[index] for index in group}, self._text_of(needed)
        for some in _by_number(products):
            yield some, None

    def _needed_by(self, numbers: set[int]) -> npt.NDArray[np.bool_]:
        """Return which statements these instances and the project need."""
        needed = np.zeros(len(self._scratch), bool)
        fresh = np.unique(np.concatenate([self._always, self._rows_of(np.fromiter(numbers, np.int64))]))
        while len(fresh):
            needed[fresh] = True
            rows = self._rows_of(self._references_of(fresh))
            rows = rows[~needed[rows]]
            order = np.arange(len(rows), dtype=np.int32)
            self._scratch[rows] = order
            fresh = rows[self._scratch[rows] == order]  # each row once; np.unique would sort
        return needed

    def _rows_of(self, numbers: npt.NDArray[np.int32] | Ints) -> Ints:
        rows = self._row_of[numbers[numbers < len(self._row_of)]]
        return rows[rows >= 0].astype(np.int64)

    def _references_of(self, rows: Ints) -> npt.NDArray[np.int32]:
        first, counts = self._first[rows], self._first[rows + 1] - self._first[rows]
        shifts = np.repeat(first - (np.cumsum(counts) - counts), counts)
        references: npt.NDArray[np.int32] = self._references[shifts + np.arange(len(shifts))]
        return references

    def _size_of(self, needed: npt.NDArray[np.bool_]) -> int:
        return int(np.diff(self._starts)[needed].sum())

    def _text_of(self, needed: npt.NDArray[np.bool_]) -> memoryview:
        """Return a STEP file with these statements."""
        changes = np.flatnonzero(np.diff(needed, prepend=False, append=False))
        bounds = self._starts[changes].tolist()
        with memoryview(self._content) as content:
            runs = [content[low:high] for low, high in zip(bounds[::2], bounds[1::2], strict=True)]
            text = b"".join((content[: self._starts[0]], *runs, content[self._end :]))
            for run in runs:
                run.release()
        release_pages(self._content)
        return memoryview(text)


def groups_of(content: mmap.mmap, shapes: dict[int, Shape]) -> Iterator[tuple[dict[int, Shape], memoryview]]:
    """Yield the shapes in groups, each with a text that has all that ifclite needs to mesh them."""
    parts = StepParts.of(content) if len(content) > WHOLE_BYTES else None
    groups = ((some, None) for some in _by_number(shapes)) if parts is None else parts.groups(shapes)
    for group, text in groups:
        yield group, memoryview(content) if text is None else text


def _by_number(shapes: dict[int, Shape]) -> Iterator[dict[int, Shape]]:
    indices = list(shapes)
    for first in range(0, len(indices), WHOLE_SHAPES):
        yield {index: shapes[index] for index in indices[first : first + WHOLE_SHAPES]}


def _rows_by_number(numbers: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return the row of each number, or -1; empty when a number is there twice, or few of them are used."""
    rows, highest = np.arange(len(numbers), dtype=np.int32), int(numbers.max())
    if highest > _SPARSE * len(rows):
        return rows[:0]
    row_of = np.full(highest + 1, -1, np.int32)
    row_of[numbers] = rows
    return row_of if (row_of[numbers] == rows).all() else rows[:0]


def _items_of(shapes: Iterable[Shape]) -> set[int]:
    items: set[int] = set()
    for shape in shapes:
        solids = (*(solid for _, solid in shape.solids), *shape.openings)
        items.update(leaf.item for solid in solids for leaf in leaves(solid))
        items.update(item for _, part in shape.parts for item in part)
    return items


def _tokens(content: mmap.mmap, first: int, end: int) -> Iterator[_Tokens]:
    """Read this part of the file chunk by chunk; each chunk ends with a semicolon, which no number contains."""
    quotes = 0
    while first < end:
        last = min(first + _CHUNK, end)
        if last < end:
            last = content.rfind(b";", first, last) + 1 or content.find(b";", last) + 1 or end
        piece = content[first:last]
        marks = [(match[0], first + match.start()) for mark in _MARKS for match in mark.finditer(piece)]
        tokens = _read(np.frombuffer(piece + bytes(2 * _DIGITS), np.uint8), quotes)
        yield tokens._replace(starts=tokens.starts + first, marks=marks)
        quotes += tokens.quotes
        first = last
        release_pages(content)


def _read(chunk: npt.NDArray[np.uint8], quotes_before: int) -> _Tokens:
    """Find the numbers in a chunk; one that is too long is negative."""
    offsets = np.flatnonzero(chunk == ord("#"))
    at = offsets + 1
    numbers = np.zeros(len(offsets), np.int32)
    is_digit = np.ones(len(offsets), bool)
    for _ in range(_DIGITS):
        digits = chunk[at] - np.uint8(ord("0"))
        is_digit &= digits < 10
        if not is_digit.any():
            break
        np.copyto(numbers, numbers * 10 + digits, where=is_digit)
        at += is_digit
    is_number = at > offsets + 1
    offsets, at, numbers = offsets[is_number], at[is_number], numbers[is_number]
    after = chunk[at]
    numbers[after - np.uint8(ord("0")) < 10] = -1
    while (is_space := (after == ord(" ")) | (after - np.uint8(9) < 5)).any():
        at += is_space
        after = chunk[at]
    begins = after == ord("=")
    quotes = np.flatnonzero(chunk == ord("'"))
    begins[begins] = (np.searchsorted(quotes, offsets[begins]) + quotes_before) % 2 == 0
    return _Tokens(numbers, begins, offsets[begins], len(quotes), [])
