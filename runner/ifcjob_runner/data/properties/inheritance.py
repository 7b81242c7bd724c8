"""The property sets of an object: those of its type, overridden by its own, property by property."""

from collections.abc import Iterator, Sequence

from ifcjob_runner.data.properties.rows import Rows, RowSet

Segment = tuple[RowSet, Sequence[int], str]
"""A set, those of its rows that apply, and their source."""


def merged(rows: Rows, inherited: Sequence[RowSet], own: Sequence[RowSet]) -> Iterator[Segment]:
    """Return the rows that apply to an object: sets of the same key are merged, the last value of a property wins."""
    keys = {s.key for s in inherited}
    keys.update(s.key for s in own)
    if len(keys) == len(inherited) + len(own):
        yield from ((s, s.rows, "type") for s in inherited)
        yield from ((s, s.rows, "instance") for s in own)
        return
    by_key: dict[str, list[tuple[RowSet, str]]] = {}
    for row_set in inherited:
        by_key.setdefault(row_set.key, []).append((row_set, "type"))
    for row_set in own:
        by_key.setdefault(row_set.key, []).append((row_set, "instance"))
    for sets in by_key.values():
        yield from _merge_sets(rows, sets)


def _merge_sets(rows: Rows, sets: list[tuple[RowSet, str]]) -> Iterator[Segment]:
    if len(sets) == 1:
        [(only, source)] = sets
        yield only, only.rows, source
        return
    winner = {rows.outer_name(r): position for position, (row_set, _) in enumerate(sets) for r in row_set.rows}
    for position, (row_set, source) in enumerate(sets):
        kept = [r for r in row_set.rows if winner[rows.outer_name(r)] == position]
        yield row_set, row_set.rows if len(kept) == len(row_set.rows) else kept, source


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
