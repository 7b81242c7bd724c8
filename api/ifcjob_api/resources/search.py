"""Search over the elements of all models that the caller may see."""

from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Query

from ifcjob.http.models import FoundElement, FoundFacets, FoundList, SkippedModel
from ifcjob_api.models import element_pages, facets
from ifcjob_api.models.cursors import decode_cursor, encode_cursor, query_mark
from ifcjob_api.models.element_filter import ElementFilter, Selection
from ifcjob_api.models.facets import MAX_DISTINCT, ValueCounts
from ifcjob_api.models.queries import FacetQuery, FoundQuery
from ifcjob_api.models.query_engine import Cursor
from ifcjob_api.models.results import ModelResult
from ifcjob_api.models.search import Batch, ModelSearch
from ifcjob_api.problems import Problem, problem_responses
from ifcjob_api.resources import model_examples as examples
from ifcjob_api.resources.models import Models, User

router = APIRouter(tags=["search"])

READ = (401, 422, 429, 503)
Row = dict[str, Any]


@router.get(
    "/search",
    operation_id="searchElements",
    summary="Search elements of all models",
    response_model_exclude_unset=True,
    responses=problem_responses(*READ) | examples.answer(examples.SEARCH_PAGE, "A page of elements."),
)
async def search_elements(models: Models, user: User, query: Annotated[FoundQuery, Query()]) -> FoundList:
    """Return the elements that meet all conditions, in every model that you may see."""
    fields = element_pages.selected_fields(query.fields)
    mark = query_mark("search", query.model_dump(exclude={"limit", "cursor", "fields"}))
    position = decode_cursor(query.cursor, mark, (int, float), str, (int, type(None)))
    visible = await models.directory.all(user)
    remaining = [model for model in visible if position is None or _follows(model, position)]
    page = _FoundPage(query, fields, position)
    searched = 0
    async for batch in _search(models, query).batches(remaining, page.rows):
        page.add(batch)
        searched += len(batch.models)
        if len(page.items) > query.limit:
            break
    return page.answer(mark, len(visible), remaining[:searched], is_last=searched == len(remaining))


@router.get(
    "/search/facets",
    operation_id="countFoundElements",
    summary="Count elements of all models",
    responses=problem_responses(*READ) | examples.answer(examples.FOUND_FACETS, "Numbers of elements per value."),
)
async def count_found_elements(models: Models, user: User, query: Annotated[FacetQuery, Query()]) -> FoundFacets:
    """Return the number of elements by columns or properties, over every model that you may see."""
    names = facets.facet_names(query.by)

    def count(cursor: Cursor, files: list[list[FilePath]], _: list[ModelResult]) -> tuple[int, list[ValueCounts]]:
        total = element_pages.count_elements(cursor, Selection(query, files))
        return total, [facets.count_values(cursor, Selection(query, files), name, MAX_DISTINCT) for name in names]

    visible = await models.directory.all(user)
    total, counts, skipped, searched = 0, {name: ValueCounts() for name in names}, list[SkippedModel](), 0
    async for batch in _search(models, query, names).batches(visible, count):
        searched += len(batch.models)
        skipped += _skipped(batch)
        for number, values in batch.answers:
            total += number
            for name, part in zip(names, values, strict=True):
                counts[name].add(part)
    if searched < len(visible):
        detail = f"Only {searched} of {len(visible)} models could be counted in time: add conditions, or retry."
        raise Problem(503, "QueryTooSlow", detail, retry_after=5)
    listed = [counts[name].facet(name, query.limit) for name in names]
    return FoundFacets(total=total, facets=listed, models=len(visible), skipped=skipped)


class _FoundPage:
    """The elements of one page, gathered batch by batch."""

    def __init__(self, query: FoundQuery, fields: Sequence[str], position: list[Any] | None) -> None:
        self._query, self._fields, self._position = query, fields, position
        self.items: list[tuple[ModelResult, Row]] = []
        self._skipped: list[SkippedModel] = []

    def rows(
        self, cursor: Cursor, files: list[list[FilePath]], models: list[ModelResult]
    ) -> list[tuple[ModelResult, Row]]:
        """Query some models."""
        selection = Selection(self._query, files)
        position = self._position
        begins_inside = position is not None and [*models[0].age] == position[:2]
        after = (None, position[2]) if position is not None and begins_inside else None
        rows = element_pages.element_rows(
            cursor, selection, self._fields, element_pages.Page(self._query.limit, after=after)
        )
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
        self._skipped += _skipped(batch)

    def answer(self, mark: str, total: int, searched: Sequence[ModelResult], *, is_last: bool) -> FoundList:
        """Return the page; it continues after its last element, or after the last model that was searched in time."""
        items = self.items[: self._query.limit]
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


def _search(models: Models, query: ElementFilter, names: Sequence[str] = ()) -> ModelSearch:
    reads_properties = query.conditions() or facets.reads_properties(names)
    files = ["elements.parquet", *(["properties.parquet"] if reads_properties else [])]
    return ModelSearch(models, files)


def _skipped(batch: Batch[Any]) -> list[SkippedModel]:
    return [
        SkippedModel(model=m.sha256, namespace=m.namespace, job=m.job, code=problem.code, detail=problem.detail)
        for m, problem in batch.skipped
    ]
