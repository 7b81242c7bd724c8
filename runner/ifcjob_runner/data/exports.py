"""The properties table as CSV, XLSX and NDJSON, written batch by batch beside the Parquet file.

In CSV and XLSX, text that a spreadsheet would run as a formula gets a leading apostrophe.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

from ifcjob.tables import PROPERTIES
from ifcjob_runner.data.document import Finding, finding
from ifcjob_runner.data.parquet import ArrowBatch, ArrowSchema

FORMULA_START = r"^[=+\-@\t\r]"
SHEET_ROWS = 1_048_575
"""The most rows of a sheet below its header."""
CELL_CHARACTERS = 32_767
"""The longest text in a cell."""
ROWS_AT_ONCE = 4_096
"""Rows that are Python objects at the same time; a whole batch would take hundreds of megabytes."""
TEXT_COLUMNS = tuple(c.name for c in PROPERTIES if c.type == "string")


class Exporter(Protocol):
    """Writes the table in one format."""

    def write(self, batch: ArrowBatch) -> None:
        """Write the next rows."""

    def close(self) -> None:
        """Finish the file."""


class Exports:
    """All extra formats of one run."""

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.exporters: list[Exporter] = []

    def write(self, batch: ArrowBatch) -> None:
        """Write the next rows in every format."""
        for exporter in self.exporters:
            exporter.write(batch)

    def findings(self) -> list[Finding]:
        """Report texts that a format had to cut."""
        cut = sum(e.cut for e in self.exporters if isinstance(e, XlsxExporter))
        message = (
            f"Texts over {CELL_CHARACTERS} characters are cut in the spreadsheet; the Parquet file has them in full"
        )
        return [finding("TextCut", message, severity="info", count=cut)] if cut else []


@contextmanager
def exporters(path: Path, formats: Collection[str]) -> Iterator[Exports]:
    """Open every extra format beside `path`; files are complete when the block ends."""
    exports = Exports()
    kinds: dict[str, Callable[[Path], Exporter]] = {"csv": CsvExporter, "xlsx": XlsxExporter, "ndjson": NdjsonExporter}
    with ExitStack() as stack:
        for name in sorted(set(formats)):
            beside = path.with_suffix(f".{name}")
            exporter = kinds[name](beside)
            stack.callback(exporter.close)
            exports.paths.append(beside)
            exports.exporters.append(exporter)
        yield exports


class CsvExporter:
    """UTF-8 CSV with a header; nulls are empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None

    def write(self, batch: ArrowBatch) -> None:
        """Write the next rows."""
        safe = neutralised(batch)
        self._open(safe.schema).write_batch(safe)

    def close(self) -> None:
        """Finish the file; an empty table still has its header."""
        from ifcjob_runner.data.parquet import arrow_schema  # only here

        self._open(arrow_schema(PROPERTIES)).close()

    def _open(self, schema: ArrowSchema) -> Any:
        if self._writer is None:
            from pyarrow.csv import CSVWriter  # slow import, optional format

            self._writer = CSVWriter(self._path, schema)
        return self._writer


class NdjsonExporter:
    """One JSON object per line, with every key."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, batch: ArrowBatch) -> None:
        """Write the next rows."""
        import orjson  # optional format

        for part in _parts(batch):
            lines = (orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in part.to_pylist())
            self._file.write(b"".join(lines))

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class XlsxExporter:
    """A workbook with a sheet per 1,048,575 rows; each row is written to disk at once."""

    def __init__(self, path: Path) -> None:
        import xlsxwriter  # optional format

        options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        # A fixed time, so that equal tables give equal files.
        self._book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
        self._sheet: Any = None
        self._row = 0
        self.cut = 0
        self._next_sheet()

    def write(self, batch: ArrowBatch) -> None:
        """Write the next rows."""
        for part in _parts(neutralised(batch)):
            for values in zip(*(column.to_pylist() for column in part.columns), strict=True):
                self._write_row(values)

    def close(self) -> None:
        """Finish the file."""
        self._book.close()

    def _write_row(self, values: tuple[str | float | None, ...]) -> None:
        if self._row > SHEET_ROWS:
            self._next_sheet()
        for position, value in enumerate(values):
            if isinstance(value, str):
                self._write_text(position, value)
            elif value is not None:
                self._sheet.write_number(self._row, position, value)
        self._row += 1

    def _write_text(self, position: int, text: str) -> None:
        self.cut += len(text) > CELL_CHARACTERS
        self._sheet.write_string(self._row, position, text[:CELL_CHARACTERS])

    def _next_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        for position, column in enumerate(PROPERTIES):
            self._sheet.write_string(0, position, column.name)
        self._row = 1


def _parts(batch: ArrowBatch) -> Iterator[ArrowBatch]:
    """Split a batch into views of at most ROWS_AT_ONCE rows."""
    for start in range(0, batch.num_rows, ROWS_AT_ONCE):
        yield batch.slice(start, ROWS_AT_ONCE)


def neutralised(batch: ArrowBatch) -> ArrowBatch:
    """Return the rows with an apostrophe before each text that a spreadsheet would run as a formula."""
    import pyarrow as pa  # only the writing needs it
    import pyarrow.compute as pc

    columns = []
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if field.name not in TEXT_COLUMNS:
            columns.append(column)
            continue
        risky = pc.match_substring_regex(column, FORMULA_START)
        if field.name == "value":
            risky = pc.and_(risky, pc.is_null(batch.column("number")))
        columns.append(pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column))
    return pa.record_batch(columns, schema=batch.schema)
