"""The whole result of a search as a file."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from ifcjob_api.examples import models as examples
from ifcjob_api.examples import operation
from ifcjob_api.first_item import begun
from ifcjob_api.models.exports import Export, csv_text, xlsx_bytes
from ifcjob_api.models.found import FoundElements
from ifcjob_api.models.queries import FieldsQuery
from ifcjob_api.problems import problem_responses
from ifcjob_api.resources.models import Models, User
from ifcjob_api.services import Services, services_of
from ifcjob_backends.storage.content_disposition import attachment

router = APIRouter(tags=["search"])

READ = (401, 422, 429, 503)
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get(
    "/search.csv",
    operation_id="exportElementsAsCsv",
    summary="Export found elements as CSV",
    response_class=StreamingResponse,
    responses=problem_responses(*READ) | {200: operation.answer(examples.CSV, "The table.", CSV)},
)
async def export_csv(models: Models, user: User, query: Annotated[FieldsQuery, Query()]) -> Any:
    """Return all elements that meet the conditions, at most 100,000, as CSV in UTF-8.

    A list is one text with semicolons. Text that a spreadsheet would run as a formula gets a leading apostrophe.
    A model that cannot be read has a row at the end, with the reason in the column `problem`.
    """
    export = Export(FoundElements(models, await models.directory.all(user), query), query)
    pages = await begun(export.pages())
    headers = {"Content-Disposition": attachment("elements.csv")}
    return StreamingResponse(csv_text(export.titles, pages), media_type=f"{CSV}; charset=utf-8", headers=headers)


@router.get(
    "/search.xlsx",
    operation_id="exportElementsAsXlsx",
    summary="Export found elements as XLSX",
    response_class=Response,
    responses=problem_responses(*READ) | {200: operation.answer("PK…", "The workbook.", XLSX)},
)
async def export_xlsx(
    models: Models,
    user: User,
    query: Annotated[FieldsQuery, Query()],
    services: Annotated[Services, Depends(services_of)],
) -> Any:
    """Return all elements that meet the conditions, at most 100,000, as an Excel workbook."""
    export = Export(FoundElements(models, await models.directory.all(user), query), query)
    content = await xlsx_bytes(export.titles, export.pages(), services.settings.cache_folder)
    return Response(content, media_type=XLSX, headers={"Content-Disposition": attachment("elements.xlsx")})
