"""Models: metadata, spatial tree, elements, properties and counts of the IFC files that jobs have processed."""

from contextlib import suppress
from pathlib import Path as FilePath
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import ValidationError

from ifcjob.http.models import ElementDetails, ElementList, FacetList, Model, ModelLinks, ModelList, ModelSummary
from ifcjob.metadata import Metadata
from ifcjob.spatial_tree import SpatialTree
from ifcjob_api.access.checks import caller
from ifcjob_api.access.protocol import Caller
from ifcjob_api.examples import models as examples
from ifcjob_api.examples import operation
from ifcjob_api.models.artifact_cache import ArtifactCorrupt, ArtifactMissing
from ifcjob_api.models.cursors import decode_cursor, encode_cursor, query_mark
from ifcjob_api.models.filtering.element_filter import Selection
from ifcjob_api.models.queries import Cursor, ElementGlobalId, ElementQuery, FacetQuery, ModelSha256
from ifcjob_api.models.query_engine import Cursor as Connection
from ifcjob_api.models.reading import element_pages, facets
from ifcjob_api.models.reading.element_columns import sources
from ifcjob_api.models.reading.element_details import element_details
from ifcjob_api.models.results import ModelResult
from ifcjob_api.models.store import ModelStore, open_models, problem_of
from ifcjob_api.problems import Problem, problem_responses
from ifcjob_api.request_headers import has_etag
from ifcjob_api.services import services_of

router = APIRouter(tags=["models"])

MAX_DOCUMENT = 64 * 2**20
READ = (401, 404, 409, 410, 413, 422, 429, 502, 503)


async def model_store(request: Request) -> ModelStore:
    """Return the application's models, opened when a request first needs them; on the event loop, so only once."""
    state, services = request.app.state, await services_of(request)
    if not hasattr(state, "models"):
        state.models = open_models(services)
    return cast("ModelStore", state.models)


Models = Annotated[ModelStore, Depends(model_store)]
User = Annotated[Caller, Depends(caller)]


async def visible_model(sha256: ModelSha256, models: Models, user: User) -> ModelResult:
    """Return the model of the path, if the caller may see it."""
    return await models.directory.find(user, sha256)


Visible = Annotated[ModelResult, Depends(visible_model)]


@router.get(
    "/models",
    operation_id="listModels",
    summary="List the models that you may see",
    responses=problem_responses(401, 422, 429, 503) | {200: operation.answer(examples.MODELS, "A page of models.")},
)
async def list_models(
    models: Models,
    user: User,
    limit: Annotated[int, Query(ge=1, le=1000, description="Models per page.")] = 100,
    cursor: Annotated[Cursor | None, Query(description="`nextCursor` of the page before.")] = None,
) -> ModelList:
    """Return the IFC files that jobs in your namespaces have processed, the newest first."""
    mark = query_mark("models")
    position = decode_cursor(cursor, mark, (int, float), str)
    visible = [m for m in await models.directory.all(user) if position is None or [*m.age] < position]
    page = visible[:limit]
    following = encode_cursor(mark, *page[-1].age) if len(visible) > limit else None
    return ModelList(items=[ModelSummary.model_validate(_summary(m)) for m in page], next_cursor=following)


@router.get(
    "/models/{sha256}",
    operation_id="getModel",
    summary="Get a model's metadata",
    responses=problem_responses(*READ) | {200: operation.answer(examples.MODEL, "The model.")},
)
async def get_model(model: Visible, models: Models) -> Model:
    """Return what the file says about itself, and the artifacts of the newest job that processed it."""
    try:
        artifacts = await models.artifacts(model)
    except Exception as error:
        raise problem_of(error) from error
    metadata = None
    if any(artifact.name == "metadata.json" for artifact in artifacts.listed):
        content = await _document(models, model, "metadata.json")
        try:
            metadata = Metadata.model_validate_json(content)
        except ValidationError:
            raise problem_of(ArtifactCorrupt("metadata.json cannot be read")) from None
    answer = Model.model_validate(_summary(model) | {"metadata": metadata, "artifacts": artifacts.listed})
    with suppress(ArtifactMissing):
        answer.links.columns += f"?version={sources(artifacts)[1]}"
    return answer


@router.get(
    "/models/{sha256}/tree",
    operation_id="getModelTree",
    summary="Get a model's spatial tree",
    response_model=SpatialTree,
    responses=problem_responses(*READ)
    | {200: operation.answer(examples.TREE, "spatial-tree.json.")}
    | {304: {"description": "The tree that the client has."}},
)
async def get_model_tree(
    model: Visible,
    models: Models,
    if_none_match: Annotated[str | None, Header(max_length=1024, description="ETag of the tree you have.")] = None,
) -> Response:
    """Return spatial-tree.json: project, sites, buildings, storeys, spaces, and the elements in them."""
    try:
        stored = (await models.artifacts(model)).stored("spatial-tree.json")
    except Exception as error:
        raise problem_of(error) from error
    headers = {"ETag": f'"{stored.sha256}"', "Cache-Control": "private, no-cache"}
    if has_etag(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if stored.bytes > MAX_DOCUMENT:
        detail = f"The tree has {stored.bytes} bytes: download the artifact spatial-tree.json of the job {model.job}."
        raise Problem(413, "AnswerTooLarge", detail)
    return Response(await _document(models, model, "spatial-tree.json"), headers=headers, media_type="application/json")


@router.get(
    "/models/{sha256}/elements",
    operation_id="listElements",
    summary="List elements of a model",
    response_model_exclude_unset=True,
    responses=problem_responses(*READ) | {200: operation.answer(examples.ELEMENTS, "A page of elements.")},
)
async def list_elements(model: Visible, models: Models, query: Annotated[ElementQuery, Query()]) -> ElementList:
    """Return the elements that meet all conditions."""
    fields = element_pages.selected_fields(query.fields)
    column, descending = element_pages.sort_column(query.sort)
    mark = query_mark(model.sha256, query.model_dump(exclude={"limit", "cursor", "fields"}))
    position = decode_cursor(query.cursor, mark, int, (str, int, float, type(None)), int)
    after = (position[1], position[2]) if position else None
    page = element_pages.Page(query.limit, column, descending, after)

    def answer(cursor: Connection, files: list[FilePath]) -> ElementList:
        selection = Selection(query, [files])
        total = position[0] if position else element_pages.count_elements(cursor, selection)
        rows = element_pages.element_rows(cursor, Selection(query, [files]), fields, page)
        items = [element_pages.element_of(row, fields, selection) for row in rows[: query.limit]]
        last = rows[query.limit - 1] if len(rows) > query.limit else None
        following = encode_cursor(mark, total, last[column], last["step_id"]) if last else None
        return ElementList(items=items, total=total, next_cursor=following)

    return await models.answer(model, query.artifacts(), answer)


@router.get(
    "/models/{sha256}/elements/{globalId}",
    operation_id="getElement",
    summary="Get an element with its properties",
    responses=problem_responses(*READ) | {200: operation.answer(examples.DETAILS, "The element.")},
)
async def get_element(
    model: Visible,
    models: Models,
    global_id: ElementGlobalId,
    step_id: Annotated[
        int | None, Query(alias="stepId", ge=1, le=2**63 - 1, description="Selects one of several with this GlobalId.")
    ] = None,
) -> ElementDetails:
    """Return attributes, property sets, quantities, materials, classifications and relationships of one object."""

    def answer(cursor: Connection, files: list[FilePath]) -> ElementDetails | None:
        return element_details(cursor, model.sha256, files, global_id, step_id)

    details = await models.answer(model, ("elements.parquet", "properties.parquet", "relations.parquet"), answer)
    if details is None:
        detail = f"The model has no object with the GlobalId {global_id!r}: list its elements to find one."
        raise Problem(404, "ElementNotFound", detail)
    return details


@router.get(
    "/models/{sha256}/facets",
    operation_id="countElements",
    summary="Count elements of a model",
    responses=problem_responses(*READ) | {200: operation.answer(examples.FACETS, "Numbers of elements per value.")},
)
async def count_elements(model: Visible, models: Models, query: Annotated[FacetQuery, Query()]) -> FacetList:
    """Return the number of elements by columns or properties, such as the values that a filter can offer."""
    names = facets.facet_names(query.by)

    def answer(cursor: Connection, files: list[FilePath]) -> FacetList:
        total = element_pages.count_elements(cursor, Selection(query, [files]))
        counts = {name: facets.count_values(cursor, Selection(query, [files]), name, query.limit) for name in names}
        return FacetList(total=total, facets=[counts[name].facet(name, query.limit) for name in names])

    return await models.answer(model, query.artifacts(facets.scans(names)), answer)


async def _document(models: ModelStore, model: ModelResult, name: str) -> bytes:
    return await models.answer(model, [name], lambda _, files: files[0].read_bytes())


def _summary(model: ModelResult) -> dict[str, Any]:
    path = f"/api/v1/models/{model.sha256}"
    return {
        "sha256": model.sha256,
        "namespace": model.namespace,
        "job": model.job,
        "finished_at": model.finished_at,
        "file_name": model.file_name,
        "summary": model.result.summary,
        "links": ModelLinks(
            tree=f"{path}/tree",
            elements=f"{path}/elements",
            facets=f"{path}/facets",
            columns=f"{path}/columns",
            job=f"/api/v1/namespaces/{model.namespace}/jobs/{model.job}",
        ),
    }
