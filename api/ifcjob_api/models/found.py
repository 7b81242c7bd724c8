"""The elements that a search finds in many models, page by page."""

import asyncio
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Any

from ifcjob.http.models import FoundElement, FoundList, SkippedModel
from ifcjob_api.models.cursors import decode_cursor, encode_cursor, query_mark
from ifcjob_api.models.filtering.element_filter import ElementFilter, Selection
from ifcjob_api.models.filtering.kept_rows import KeptRows
from ifcjob_api.models.queries import FieldsQuery
from ifcjob_api.models.query_engine import Cursor
from ifcjob_api.models.reading import element_pages, facets
from ifcjob_api.models.results import ModelResult
from ifcjob_api.models.search import Batch, ModelSearch
from ifcjob_api.models.store import ModelStore
from ifcjob_api.problems import Problem

Row = dict[str, Any]


class FoundElements:
    """The elements of some models that meet a query."""

    def __init__(self, store: ModelStore, models: Sequence[ModelResult], query: FieldsQuery) -> None:
        """Search these models, in their order."""
        self.fields = element_pages.selected_fields(query.fields)
        self._store, self._models, self._query = store, models, query
        self._mark = query_mark("search", query.model_dump(exclude={"limit", "cursor", "fields"}))

    async def page(self, limit: int, cursor: str | None) -> FoundList:
        """Return a page; it may have few or no elements when the search takes long."""
        position = decode_cursor(cursor, self._mark, (int, float), str, (int, type(None)))
        remaining = [model for model in self._models if position is None or _follows(model, position)]
        page = _FoundPage(self._query, self.fields, position, limit, self._store.kept)
        searched = 0
        async for batch in search_of(self._store, self._query).batches(remaining, page.rows):
            page.add(batch)
            searched += len(batch.models)
            if len(page.items) > limit:
                break
        is_last = searched == len(remaining)
        return await asyncio.to_thread(
            page.answer, self._mark, len(self._models), remaining[:searched], is_last=is_last
        )

    async def count(self) -> int:
        """Return the number of elements; Problem 503 when that takes too long."""

        def count(cursor: Cursor, files: list[list[FilePath]], _: list[ModelResult]) -> int:
            with self._store.kept.use(cursor, self._query.scans(), files) as kept:
                return element_pages.count_elements(cursor, Selection(self._query, files, kept))

        total = searched = 0
        async for batch in search_of(self._store, self._query).batches(self._models, count):
            searched += len(batch.models)
            total += sum(batch.answers)
        require_all(searched, len(self._models))
        return total


def require_all(searched: int, models: int) -> None:
    """Raise Problem 503 unless all models were searched."""
    if searched < models:
        detail = f"Only {searched} of {models} models could be counted in time: add conditions, or retry."
        raise Problem(503, "QueryTooSlow", detail, retry_after=5)


class _FoundPage:
    """The elements of one page, gathered batch by batch."""

    def __init__(
        self, query: ElementFilter, fields: Sequence[str], position: list[Any] | None, limit: int, kept: KeptRows
    ) -> None:
        self._limit = limit
        self._query, self._fields, self._position, self._kept = query, fields, position, kept
        self.items: list[tuple[ModelResult, Row]] = []
        self._skipped: list[SkippedModel] = []

    def rows(
        self, cursor: Cursor, files: list[list[FilePath]], models: list[ModelResult]
    ) -> list[tuple[ModelResult, Row]]:
        """Query some models."""
        position = self._position
        begins_inside = position is not None and [*models[0].age] == position[:2]
        after = (None, position[2]) if position is not None and begins_inside else None
        page = element_pages.Page(self._limit, after=after)
        with self._kept.use(cursor, self._query.scans(), files) as kept:
            selection = Selection(self._query, files, kept)
            rows = element_pages.element_rows(cursor, selection, self._fields, page)
        return [
            (
                models[row["model"]],
                element_pages.element_values(row, self._fields, selection) | {"step": row["step_id"]},
            )
            for row in rows
        ]

    def add(self, batch: Batch[list[tuple[ModelResult, Row]]]) -> None:
        """Take the rows of a batch."""
        self.items += [item for answer in batch.answers for item in answer]
        self._skipped += skipped_models(batch)

    def answer(self, mark: str, total: int, searched: Sequence[ModelResult], *, is_last: bool) -> FoundList:
        """Return the page; it continues after its last element, or after the last model that was searched in time."""
        items = self.items[: self._limit]
        following = None
        if len(self.items) > len(items):
            last, row = items[-1]
            following = encode_cursor(mark, *last.age, row["step"])
            searched = searched[: searched.index(last) + 1]
        elif not is_last:
            following = encode_cursor(mark, *searched[-1].age, None)
        within = {model.sha256 for model in searched}
        return FoundList(
            items=[
                FoundElement.model_validate(row | {"model": m.sha256, "namespace": m.namespace, "job": m.job})
                for m, row in items
            ],
            models=total,
            searched=len(searched),
            skipped=[model for model in self._skipped if model.model in within],
            next_cursor=following,
        )


def _follows(model: ModelResult, position: list[Any]) -> bool:
    """Return whether a model has elements after the position, which names an element, or None for its whole model."""
    age = [*model.age]
    return age < position[:2] or (age == position[:2] and position[2] is not None)


def search_of(models: ModelStore, query: ElementFilter, names: Sequence[str] = ()) -> ModelSearch:
    """Return the search that reads what the query and these facets need."""
    return ModelSearch(models, query.artifacts(facets.scans(names)))


def skipped_models(batch: Batch[Any]) -> list[SkippedModel]:
    """Return the models of a batch that could not be searched."""
    return [
        SkippedModel(model=m.sha256, namespace=m.namespace, job=m.job, code=problem.code, detail=problem.detail)
        for m, problem in batch.skipped
    ]
