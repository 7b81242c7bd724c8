"""All elements of a model at once, and the values of a property of all of them: what a viewer needs."""

import asyncio
import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Response

from ifcjob.http.model_columns import ElementColumns, ElementMatches, ElementValues, PropertyNames
from ifcjob_api.examples import models as examples
from ifcjob_api.examples import operation
from ifcjob_api.models.filtering.conditions import check_path
from ifcjob_api.models.filtering.element_filter import ElementFilter, Selection
from ifcjob_api.models.query_engine import Cursor
from ifcjob_api.models.reading import element_columns, element_pages, property_columns
from ifcjob_api.models.results import ModelResult
from ifcjob_api.models.store import ModelStore, problem_of
from ifcjob_api.problems import Problem, problem_responses
from ifcjob_api.request_headers import accepted_encodings, has_etag
from ifcjob_api.resources.models import READ, Models, Visible

router = APIRouter(tags=["models"])

_REVALIDATE = "private, no-cache"
_FOREVER = "private, max-age=31536000, immutable"
_VARYING = {"Vary": "Accept-Encoding"}
Encoding = Annotated[str | None, Header(alias="Accept-Encoding", max_length=1024, include_in_schema=False)]
Known = Annotated[str | None, Header(max_length=1024, description="ETag of the answer you have.")]
_SAME: dict[int | str, dict[str, Any]] = {304: {"description": "The answer that the client has."}}


@router.get(
    "/models/{sha256}/columns",
    operation_id="getElementColumns",
    summary="Get all elements of a model as columns",
    response_model=ElementColumns,
    responses=problem_responses(*READ) | {200: operation.answer(examples.COLUMNS, "The elements.")} | _SAME,
)
async def get_element_columns(
    *,
    model: Visible,
    models: Models,
    version: Annotated[
        str | None,
        Query(pattern="^[0-9a-f]{64}$", description="As in the links of the model: the answer then never changes."),
    ] = None,
    accept_encoding: Encoding = None,
    if_none_match: Known = None,
) -> Response:
    """Return what trees and filters need of each element, and the groups and systems."""
    try:
        names, current = element_columns.sources(await models.artifacts(model))
    except Exception as error:
        raise problem_of(error) from error
    if version not in (None, current):
        detail = "The artifacts of this model have changed: read the model again, and follow its link."
        raise Problem(404, "VersionNotFound", detail)
    headers = _VARYING | {"ETag": f'"{current}"', "Cache-Control": _FOREVER if version else _REVALIDATE}
    if has_etag(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    content = await _content(models, model, names, element_columns.element_columns)
    return await _json(content, accept_encoding, headers)


@router.get(
    "/models/{sha256}/properties",
    operation_id="listProperties",
    summary="List the properties of a model",
    response_model=PropertyNames,
    responses=problem_responses(*READ) | {200: operation.answer(examples.PROPERTY_NAMES, "The properties.")},
)
async def list_properties(model: Visible, models: Models, accept_encoding: Encoding = None) -> Response:
    """Return each property, quantity, material property and classification with its numbers of elements and values."""

    def names(cursor: Cursor, files: list[FilePath]) -> object:
        return {"items": property_columns.property_names(cursor, files[0])}

    content = await _content(models, model, ["properties.parquet"], names)
    return await _json(content, accept_encoding)


@router.get(
    "/models/{sha256}/values",
    operation_id="listValues",
    summary="List the values of a property",
    response_model=ElementValues,
    responses=problem_responses(*READ) | {200: operation.answer(examples.VALUES, "The values.")},
)
async def list_values(
    model: Visible,
    models: Models,
    property_path: Annotated[
        str, Query(alias="property", min_length=1, max_length=512, examples=["Pset_DoorCommon.FireRating"])
    ],
    accept_encoding: Encoding = None,
) -> Response:
    """Return the values of one property (`[Set.]Name`) of all objects that have it, for colours and filters."""
    path = check_path(property_path.strip(), "property")

    def values(cursor: Cursor, files: list[FilePath]) -> object:
        return property_columns.property_values(cursor, files[0], path)

    content = await _content(models, model, ["properties.parquet"], values)
    return await _json(content, accept_encoding)


@router.get(
    "/models/{sha256}/matches",
    operation_id="matchElements",
    summary="Select elements of a model",
    response_model=ElementMatches,
    responses=problem_responses(*READ) | {200: operation.answer(examples.MATCHES, "The elements.")},
)
async def match_elements(
    model: Visible, models: Models, query: Annotated[ElementFilter, Query()], accept_encoding: Encoding = None
) -> Response:
    """Return the STEP ids of all elements that meet all conditions, without pages."""

    def ids(cursor: Cursor, files: list[FilePath]) -> object:
        return {"stepId": element_pages.step_ids(cursor, Selection(query, [files]))}

    return await _json(await _content(models, model, query.artifacts(), ids), accept_encoding)


async def _content(
    models: ModelStore, model: ModelResult, names: Sequence[str], query: Callable[[Cursor, list[FilePath]], object]
) -> bytes:
    """Return what a query of a model's files finds, as JSON; the thread of the query writes it."""
    return await models.answer(model, names, lambda cursor, files: orjson.dumps(query(cursor, files)))


async def _json(
    content: bytes, accept_encoding: str | None, headers: Mapping[str, str] = _VARYING | {"Cache-Control": _REVALIDATE}
) -> Response:
    if "gzip" in accepted_encodings(accept_encoding):
        content = await asyncio.to_thread(gzip.compress, content, 4, mtime=0)
        headers = {**headers, "Content-Encoding": "gzip"}
    return Response(content, headers=headers, media_type="application/json")
