"""Rows that searches read again and again, kept in DuckDB's memory: of a property, and the texts of elements.

A scan of the Parquet files of many models takes far longer than a scan of such a table. Files never change, so rows
stay valid. When all tables together exceed a number of bytes, the least recently used ones are dropped.
"""

import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import duckdb

from ifcjob_api.models.filtering.conditions import Parameters, path_sql
from ifcjob_api.models.query_engine import Cursor

MAX_TABLES = 256
RETRY_SECONDS = 600.0
"""After this time a table that was too large is made again."""
_ELEMENTS = dict.fromkeys(("class", "global_id", "name", "object_type", "tag"), "VARCHAR")
_PROPERTIES = dict.fromkeys(("class", "set_name", "name", "value", "unit"), "VARCHAR") | {"number": "DOUBLE"}


@dataclass(frozen=True)
class Scan:
    """The rows of one table: those of a property, or without a path those of all elements."""

    path: str | None = None

    @property
    def place(self) -> int:
        """The place of the artifact among the files of a model."""
        return 0 if self.path is None else 1

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns besides file and STEP id, with their types."""
        return _ELEMENTS if self.path is None else _PROPERTIES


@dataclass
class KeptTable:
    """One table."""

    name: str
    numbers: dict[str, int] = field(default_factory=dict)
    """The files whose rows it has, with their numbers in its column `file`."""
    users: int = 0
    filling: Lock = field(default_factory=Lock)


Sources = Mapping[Scan, tuple[str, list[int]]]
"""The names of the tables, and for each model the number of its file."""


class KeptRows:
    """The tables of one process. Several threads use them."""

    def __init__(self, max_bytes: int) -> None:
        """Keep at most this many bytes."""
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._tables: OrderedDict[Scan, KeptTable] = OrderedDict()
        self._too_large: OrderedDict[Scan, float] = OrderedDict()
        self._made = 0

    @contextmanager
    def use(self, cursor: Cursor, scans: Sequence[Scan], files: Sequence[Sequence[Path]]) -> Iterator[Sources]:
        """Yield the tables of these scans with the rows of these files; without a scan whose table is too large."""
        held: dict[Scan, KeptTable] = {}
        sources: dict[Scan, tuple[str, list[int]]] = {}
        try:
            for scan in dict.fromkeys(scans):
                if (table := self._hold(cursor, scan)) is None:
                    continue
                held[scan] = table
                paths = [str(of_model[scan.place]) for of_model in files]
                if self._fill(cursor, scan, table, paths):
                    sources[scan] = (table.name, [table.numbers[path] for path in paths])
            yield sources
        finally:
            self._release(cursor, held)

    def _hold(self, cursor: Cursor, scan: Scan) -> KeptTable | None:
        with self._lock:
            if time.monotonic() < self._too_large.get(scan, 0.0):
                return None
            self._too_large.pop(scan, None)
            table = self._tables.get(scan)
            if table is None:
                self._made += 1
                table = KeptTable(f"kept_{self._made}")
                columns = ", ".join(f"{name} {kind}" for name, kind in scan.columns.items())
                cursor.execute(f"CREATE TABLE {table.name} (file INTEGER, step_id BIGINT, {columns})")
                self._tables[scan] = table
            table.users += 1
            self._tables.move_to_end(scan)
            self._drop_unused(cursor, len(self._tables) - MAX_TABLES)
            return table

    def _release(self, cursor: Cursor, held: Mapping[Scan, KeptTable]) -> None:
        with self._lock:
            for scan, table in held.items():
                table.users -= 1
                if not table.users and scan in self._too_large:
                    self._drop(cursor, scan)

    def _fill(self, cursor: Cursor, scan: Scan, table: KeptTable, paths: Sequence[str]) -> bool:
        """Add the rows of the files that the table lacks; False when it becomes too large."""
        with table.filling:
            missing = [path for path in dict.fromkeys(paths) if path not in table.numbers]
            if not missing:
                return True
            first = len(table.numbers)
            parameters = Parameters()
            where = "true" if scan.path is None else path_sql(scan.path, parameters)
            sql = (
                f"INSERT INTO {table.name} SELECT file_index + {first}, step_id, {', '.join(scan.columns)}"
                f" FROM read_parquet({parameters.add(missing)}) WHERE {where}"
            )
            try:
                cursor.execute(sql, parameters.values)
            except duckdb.OutOfMemoryException:
                return self._refuse(scan)
            table.numbers.update(zip(missing, range(first, first + len(missing)), strict=True))
            return self._fits(cursor) or self._refuse(scan)

    def _fits(self, cursor: Cursor) -> bool:
        """Compress and drop tables until the others fit."""
        if _bytes(cursor) <= self._max_bytes:
            return True
        with suppress(duckdb.Error):  # another thread writes
            cursor.execute("CHECKPOINT")
        while (excess := _bytes(cursor) > self._max_bytes) and self._drop_one(cursor):
            pass
        return not excess

    def _refuse(self, scan: Scan) -> bool:
        with self._lock:
            self._too_large[scan] = time.monotonic() + RETRY_SECONDS
            while len(self._too_large) > MAX_TABLES:
                self._too_large.popitem(last=False)
        return False

    def _drop_one(self, cursor: Cursor) -> bool:
        with self._lock:
            return self._drop_unused(cursor, 1)

    def _drop_unused(self, cursor: Cursor, number: int) -> bool:
        """Drop up to this number of tables that nobody uses, the least recently used first."""
        unused = [scan for scan, table in self._tables.items() if not table.users][: max(number, 0)]
        for scan in unused:
            self._drop(cursor, scan)
        return bool(unused)

    def _drop(self, cursor: Cursor, scan: Scan) -> None:
        with suppress(duckdb.InterruptException):  # its query has ended: the table stays until the next drop
            cursor.execute(f"DROP TABLE {self._tables[scan].name}")
            del self._tables[scan]


def _bytes(cursor: Cursor) -> int:
    row = cursor.execute("SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'").fetchone()
    return int(row[0]) if row else 0
