"""Every distinct property of the file once, as columns; elements refer to ranges of these rows.

A property set that a thousand doors share is read and stored once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ifcjob_runner.data.formats.parquet import ArrowArray, column_array

FLUSH_ROWS = 65_536
"""Rows that are Python objects at most; then they become Arrow arrays, a tenth of the size."""


class Row(NamedTuple):
    """One property."""

    name: str
    value: str | None
    number: float | None = None
    value_type: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class RowSet:
    """The rows of one property set, material or classification."""

    name: str
    """The `set_name` of its rows."""
    kind: str
    """`property`, `quantity`, `material` or `classification`."""
    rows: Sequence[int]
    """Row numbers; a range unless some were dropped."""
    key: str
    """Its name, or more: sets of one object with the same key are merged."""


class Rows:
    """The columns to which all RowSets refer."""

    def __init__(self) -> None:
        self.names: list[str] = []
        # A complex property has several rows, but is inherited or overridden as a whole, by its outermost name.
        self.outermost: dict[int, str] = {}
        self._values: list[str | None] = []
        self._numbers: list[float | None] = []
        self._types: list[str | None] = []
        self._units: list[str | None] = []
        self._flushed: list[list[ArrowArray]] = []
        self._texts: dict[str | None, str | None] = {}

    def __len__(self) -> int:
        return len(self.names)

    def extend(
        self,
        names: Iterable[str | None],
        values: Iterable[str | None],
        numbers: Iterable[float | None],
        types: Iterable[str | None],
        units: Iterable[str | None],
    ) -> None:
        """Add many rows, column by column."""
        intern = self._texts.setdefault
        self.names.extend([intern(n, n) or "" for n in names])
        self._values.extend(values)
        self._numbers.extend(numbers)
        self._types.extend(types)
        self._units.extend(units)
        if len(self._values) >= FLUSH_ROWS:
            self._flush()

    def add(
        self, name: str | None, kind: str, groups: Iterable[tuple[str, Iterable[Row]]], key: str | None = None
    ) -> RowSet:
        """Add one set: groups of rows under their outermost names, the last of two with the same name wins."""
        start = len(self)
        rows: list[Row] = []
        for outer, group in dict(groups).items():
            for row in group:
                if row.name != outer:
                    self.outermost[start + len(rows)] = outer
                rows.append(row)
        if rows:
            self.extend(*zip(*rows, strict=True))
        return RowSet(name or "", kind, range(start, len(self)), key or name or "")

    def outer_name(self, row: int) -> str:
        """Return the name by which a row is inherited or overridden."""
        return self.outermost.get(row) or self.names[row]

    def columns(self) -> list[ArrowArray]:
        """Return Arrow arrays: name, value, number, value_type, unit."""
        import pyarrow as pa  # 40 ms, and only the writing needs it

        self._flush()
        return [
            column_array(self.names, pa.string(), nullable=False),
            *(pa.concat_arrays(parts) for parts in zip(*self._flushed, strict=True)),
        ]

    def _flush(self) -> None:
        import pyarrow as pa  # as above

        kinds = (pa.string(), pa.float64(), pa.string(), pa.string())
        columns: tuple[list[Any], ...] = (self._values, self._numbers, self._types, self._units)
        self._flushed.append([column_array(column, kind) for column, kind in zip(columns, kinds, strict=True)])
        for column in columns:
            column.clear()
