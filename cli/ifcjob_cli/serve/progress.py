"""The routes to which runs post their progress and their report, beside the API's own."""

from datetime import UTC, datetime
from typing import TypeVar

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from pydantic import ValidationError

from ifcjob.base_type import ContractType
from ifcjob.report import Progress, RunReport
from ifcjob.status import JobProgress
from ifcjob_operator.serving.backend import QueryBackend

MAX_BYTES = 4096
Posted = TypeVar("Posted", bound=ContractType)


def add_progress(app: FastAPI, backend: QueryBackend) -> None:
    """Add the routes that the operator serves on a cluster."""
    router = APIRouter(include_in_schema=False)

    @router.post("/v1/progress/{namespace}/{ifcjob}/{attempt}")
    async def take_progress(namespace: str, ifcjob: str, attempt: int, request: Request) -> Response:
        posted = await _posted(request, Progress)
        progress = JobProgress(**posted.model_dump(), updated_at=datetime.now(UTC))
        status = await backend.take((namespace, ifcjob), attempt, _bearer(request), progress)
        return Response(status_code=status)

    @router.post("/v1/report/{namespace}/{ifcjob}/{attempt}")
    async def take_report(namespace: str, ifcjob: str, attempt: int, request: Request) -> Response:
        report = await _posted(request, RunReport)
        status = await backend.take((namespace, ifcjob), attempt, _bearer(request), report)
        return Response(status_code=status)

    app.include_router(router)


async def _posted(request: Request, kind: type[Posted]) -> Posted:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise HTTPException(413)
    try:
        return kind.model_validate_json(bytes(body))
    except ValidationError:
        raise HTTPException(400) from None


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" else ""
