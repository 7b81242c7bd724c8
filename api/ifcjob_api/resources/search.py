"""Search over the elements of all models that the caller may see."""

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Query

from ifcjob.http.models import FoundFacets, FoundList, SkippedModel
from ifcjob_api.examples import models as examples
from ifcjob_api.examples import operation
from ifcjob_api.models.filtering.element_filter import Selection
from ifcjob_api.models.found import FoundElements, require_all, search_of, skipped_models
from ifcjob_api.models.queries import FacetQuery, FoundQuery
from ifcjob_api.models.query_engine import Cursor
from ifcjob_api.models.reading import element_pages, facets
from ifcjob_api.models.reading.facets import MAX_DISTINCT, ValueCounts
from ifcjob_api.models.results import ModelResult
from ifcjob_api.problems import problem_responses
from ifcjob_api.resources.models import Models, User

router = APIRouter(tags=["search"])

READ = (401, 422, 429, 503)


@router.get(
    "/search",
    operation_id="searchElements",
    summary="Search elements of all models",
    response_model_exclude_unset=True,
    responses=problem_responses(*READ) | {200: operation.answer(examples.SEARCH_PAGE, "A page of elements.")},
)
async def search_elements(models: Models, user: User, query: Annotated[FoundQuery, Query()]) -> FoundList:
    """Return the elements that meet all conditions, in every model that you may see."""
    return await FoundElements(models, await models.directory.all(user), query).page(query.limit, query.cursor)


@router.get(
    "/search/facets",
    operation_id="countFoundElements",
    summary="Count elements of all models",
    responses=problem_responses(*READ)
    | {200: operation.answer(examples.FOUND_FACETS, "Numbers of elements per value.")},
)
async def count_found_elements(models: Models, user: User, query: Annotated[FacetQuery, Query()]) -> FoundFacets:
    """Return the number of elements by columns or properties, over every model that you may see."""
    names = facets.facet_names(query.by)

    def count(cursor: Cursor, files: list[list[FilePath]], _: list[ModelResult]) -> tuple[int, list[ValueCounts]]:
        with models.kept.use(cursor, [*query.scans(), *facets.scans(names)], files) as kept:
            total = element_pages.count_elements(cursor, Selection(query, files, kept))
            selections = [(name, Selection(query, files, kept)) for name in names]
            return total, [facets.count_values(cursor, selection, name, MAX_DISTINCT) for name, selection in selections]

    visible = await models.directory.all(user)
    total, counts, skipped, searched = 0, {name: ValueCounts() for name in names}, list[SkippedModel](), 0
    async for batch in search_of(models, query, names).batches(visible, count):
        searched += len(batch.models)
        skipped += skipped_models(batch)
        for number, values in batch.answers:
            total += number
            for name, part in zip(names, values, strict=True):
                counts[name].add(part)
    require_all(searched, len(visible))
    listed = [counts[name].facet(name, query.limit) for name in names]
    return FoundFacets(total=total, facets=listed, models=len(visible), skipped=skipped)
