"""Which property sets an object has: its type's, with its own on top, property by property."""

from collections.abc import Iterator, Sequence

from ifcjob_runner.data.rows import Rows, RowSet

Segment = tuple[RowSet, Sequence[int], str]
"""A set, the rows of it that hold, and their source."""


def merged(rows: Rows, inherited: Sequence[RowSet], own: Sequence[RowSet]) -> Iterator[Segment]:
    """Return what holds for an object: sets of one name are one set, and its last value of a property wins."""
    names = {s.name for s in inherited}
    names.update(s.name for s in own)
    if len(names) == len(inherited) + len(own):
        yield from ((s, s.rows, "type") for s in inherited)
        yield from ((s, s.rows, "instance") for s in own)
        return
    by_name: dict[str, list[tuple[RowSet, str]]] = {}
    for one in inherited:
        by_name.setdefault(one.name, []).append((one, "type"))
    for one in own:
        by_name.setdefault(one.name, []).append((one, "instance"))
    for sets in by_name.values():
        yield from _one_set(rows, sets)


def _one_set(rows: Rows, sets: list[tuple[RowSet, str]]) -> Iterator[Segment]:
    if len(sets) == 1:
        [(only, source)] = sets
        yield only, only.rows, source
        return
    winner = {rows.outer_name(r): position for position, (one, _) in enumerate(sets) for r in one.rows}
    for position, (one, source) in enumerate(sets):
        kept = [r for r in one.rows if winner[rows.outer_name(r)] == position]
        yield one, one.rows if len(kept) == len(one.rows) else kept, source


def runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Split row numbers into runs (first, one past the last) of consecutive ones."""
    start = previous = None
    for row in rows:
        if previous is not None and row == previous + 1:
            previous = row
            continue
        if start is not None and previous is not None:
            yield start, previous + 1
        start = previous = row
    if start is not None and previous is not None:
        yield start, previous + 1
