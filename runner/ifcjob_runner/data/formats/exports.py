"""A table as CSV, XLSX and NDJSON, written batch by batch beside the Parquet file.

In CSV and XLSX, text that a spreadsheet would run as a formula gets a leading apostrophe.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

from ifcjob.tables import Column
from ifcjob_runner.data.document import Finding, finding
from ifcjob_runner.data.formats.parquet import ArrowArray, ArrowBatch, ArrowSchema, arrow_schema

FORMULA_START = r"^[=+\-@\t\r]"
SHEET_ROWS = 1_048_575
"""The most rows of a sheet below its header."""
CELL_CHARACTERS = 32_767
"""The longest text in a cell."""
ROWS_AT_ONCE = 4_096
"""Rows that are Python objects at the same time; a whole batch would take hundreds of megabytes."""
Columns = Sequence[Column]


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
def exporters(path: Path, columns: Columns, formats: Collection[str]) -> Iterator[Exports]:
    """Open every format that is a table, beside `path`; files are complete when the block ends."""
    exports = Exports()
    kinds: dict[str, Callable[[Path, Columns], Exporter]] = {
        "csv": CsvExporter,
        "xlsx": XlsxExporter,
        "ndjson": NdjsonExporter,
    }
    with ExitStack() as stack:
        for name in sorted(kinds.keys() & set(formats)):
            beside = path.with_suffix(f".{name}")
            exporter = kinds[name](beside, columns)
            stack.callback(exporter.close)
            exports.paths.append(beside)
            exports.exporters.append(exporter)
        yield exports


class CsvExporter:
    """UTF-8 CSV with a header; nulls are empty, and the entries of a list are separated by `; `."""

    def __init__(self, path: Path, columns: Columns) -> None:
        self._path, self._columns = path, columns
        self._writer: Any = None

    def write(self, batch: ArrowBatch) -> None:
        """Write the next rows."""
        safe = neutralised(_with_texts_for_lists(batch))
        self._open(safe.schema).write_batch(safe)

    def close(self) -> None:
        """Finish the file; an empty table still has its header."""
        self._open(_schema_with_texts(arrow_schema(self._columns))).close()

    def _open(self, schema: ArrowSchema) -> Any:
        if self._writer is None:
            from pyarrow.csv import CSVWriter  # slow import, optional format

            self._writer = CSVWriter(self._path, schema)
        return self._writer


class NdjsonExporter:
    """One JSON object per line, with every key."""

    def __init__(self, path: Path, _columns: Columns) -> None:
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

    def __init__(self, path: Path, columns: Columns) -> None:
        import xlsxwriter  # optional format

        options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        # A fixed time, so that equal tables give equal files.
        self._book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
        self._columns = columns
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
        for position, column in enumerate(self._columns):
            self._sheet.write_string(0, position, column.name)
        self._row = 1


def _parts(batch: ArrowBatch) -> Iterator[ArrowBatch]:
    """Split a batch into views of at most ROWS_AT_ONCE rows."""
    for start in range(0, batch.num_rows, ROWS_AT_ONCE):
        yield batch.slice(start, ROWS_AT_ONCE)


def _with_texts_for_lists(batch: ArrowBatch) -> ArrowBatch:
    import pyarrow as pa  # only the writing needs it
    import pyarrow.compute as pc

    def text(column: ArrowArray) -> ArrowArray:
        return pc.binary_join(column, "; ") if pa.types.is_list(column.type) else column

    return pa.record_batch(list(map(text, batch.columns)), schema=_schema_with_texts(batch.schema))


def _schema_with_texts(schema: ArrowSchema) -> ArrowSchema:
    import pyarrow as pa  # as above

    return pa.schema([f.with_type(pa.string()) if pa.types.is_list(f.type) else f for f in schema])


def neutralised(batch: ArrowBatch) -> ArrowBatch:
    """Return the rows with an apostrophe before each text that a spreadsheet would run as a formula."""
    import pyarrow as pa  # only the writing needs it
    import pyarrow.compute as pc

    columns = []
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if field.type != pa.string():
            columns.append(column)
            continue
        risky = pc.match_substring_regex(column, FORMULA_START)
        if field.name == "value":  # of properties
            risky = pc.and_(risky, pc.is_null(batch.column("number")))
        columns.append(pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column))
    return pa.record_batch(columns, schema=batch.schema)
