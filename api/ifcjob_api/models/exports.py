"""The whole result of a search as a table: CSV or XLSX, with the rules of the runner's exports.

Text that a spreadsheet would run as a formula gets a leading apostrophe.
"""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

from ifcjob.http.models import FoundElement, FoundList, SkippedModel
from ifcjob_api.models.found import FoundElements
from ifcjob_api.models.queries import MAX_LIMIT, FieldsQuery
from ifcjob_api.problems import Problem

MAX_ELEMENTS = 100_000
PAGE_ELEMENTS = 5_000
CELL_CHARACTERS = 32_767
"""Excel's limit."""
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_PLACE = ("model", "namespace", "job")
_PROBLEM = "problem"

Cell = str | int | float | None


class Export:
    """The rows of a search."""

    def __init__(self, elements: FoundElements, query: FieldsQuery) -> None:
        self._elements = elements
        self._fields = elements.fields
        self._conditions = [condition.path for condition in query.conditions()]

    @property
    def titles(self) -> list[str]:
        """The columns: where the element is, its fields, a value with its unit per condition, and a problem."""
        values = [title for path in self._conditions for title in (path, f"{path} unit")]
        return [*_PLACE, *self._fields, *values, _PROBLEM]

    async def pages(self) -> AsyncIterator[list[list[Cell]]]:
        """Yield the rows page by page: the elements, and at the end the models that cannot be read.

        Raises Problem for too many elements, before the first page, and when some could not be read in time.
        """
        total = await self._elements.count()
        if total > MAX_ELEMENTS:
            detail = f"{total} elements are more than the {MAX_ELEMENTS} of an export: add conditions."
            raise Problem(422, "TooManyElements", detail)
        cursor, written = None, 0
        unreadable: dict[str, SkippedModel] = {}
        while True:
            page = await self._page(cursor)
            cursor = page.next_cursor
            written += len(page.items)
            unreadable |= {model.model: model for model in page.skipped}
            if cursor is None and written < total:
                # A table that breaks off is noticed, one that lacks the rows of a model is not.
                detail = f"Only {written} of {total} elements could be read: retry, or export fewer fields."
                raise Problem(503, "QueryTooSlow", detail, retry_after=5)
            yield await asyncio.to_thread(self._rows, page.items)
            if cursor is None:
                yield [self._problem_row(model) for model in unreadable.values()]
                return

    async def _page(self, cursor: str | None) -> FoundList:
        """Return a large page, since each is a search of its own; a smaller one of elements with long texts."""
        page = await self._elements.page(PAGE_ELEMENTS, cursor)
        if any(model.code == "AnswerTooLarge" for model in page.skipped):
            return await self._elements.page(MAX_LIMIT, cursor)
        return page

    def _rows(self, elements: Iterable[FoundElement]) -> list[list[Cell]]:
        return [self._row(element) for element in elements]

    def _row(self, element: FoundElement) -> list[Cell]:
        values = element.model_dump(by_alias=True)
        cells = [_cell(values.get(name)) for name in (*_PLACE, *self._fields)]
        for match in element.matches or ():
            cells += [_number_or_text(match.value), _cell(match.unit)]
        return [*cells, None]

    def _problem_row(self, model: SkippedModel) -> list[Cell]:
        """Return a row that has a model and the reason in place of its elements."""
        place = [_text(text) for text in (model.model, model.namespace, model.job)]
        return [*place, *[None] * (len(self.titles) - len(place) - 1), _text(f"{model.code}: {model.detail}")]


async def csv_text(titles: list[str], pages: AsyncIterator[list[list[Cell]]]) -> AsyncIterator[bytes]:
    """Yield the table as CSV (RFC 4180) in UTF-8."""
    yield _lines([titles])
    async for rows in pages:
        yield await asyncio.to_thread(_lines, rows)


async def xlsx_bytes(titles: list[str], pages: AsyncIterator[list[list[Cell]]], folder: Path) -> bytes:
    """Return the table as a workbook; the rows pass through files in the folder, not through memory."""
    workbook = _Workbook(titles, folder)
    try:
        async for rows in pages:
            await asyncio.to_thread(workbook.write, rows)
    finally:
        await asyncio.to_thread(workbook.close)
    return workbook.content


class _Workbook:
    def __init__(self, titles: list[str], folder: Path) -> None:
        import xlsxwriter  # noqa: PLC0415 - few requests need it

        folder.mkdir(parents=True, exist_ok=True)
        self._buffer = io.BytesIO()
        options = {"constant_memory": True, "tmpdir": str(folder), "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(self._buffer, options)
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        bold = self._book.add_format({"bold": True})
        for column, title in enumerate(titles):
            self._sheet.write_string(0, column, title, bold)
        self._row = 1

    def write(self, rows: Iterable[list[Cell]]) -> None:
        for row in rows:
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    self._sheet.write_string(self._row, column, cell[:CELL_CHARACTERS])
                elif cell is not None:
                    self._sheet.write_number(self._row, column, cell)
            self._row += 1

    def close(self) -> None:
        self._book.close()

    @property
    def content(self) -> bytes:
        return self._buffer.getvalue()


def _lines(rows: Iterable[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> Cell:
    match value:
        case None | bool() | int() | float():
            return value
        case list():
            return _text("; ".join(map(str, value)))
        case dict():  # a bounding box
            return _text("; ".join(f"{name}: {' '.join(map(str, point))}" for name, point in value.items()))
        case _:
            return _text(str(value))


def _number_or_text(value: str | None) -> Cell:
    if value is not None and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return _cell(value)


def _text(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text
