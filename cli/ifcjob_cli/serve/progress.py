"""The route to which runs post their progress, beside the API's own."""

from datetime import UTC, datetime

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import ValidationError

from ifcjob.report import Progress
from ifcjob.status import JobProgress
from ifcjob_operator.serving.backend import QueryBackend

MAX_BYTES = 4096


def add_progress(app: FastAPI, backend: QueryBackend) -> None:
    """Add the route that the operator serves on a cluster."""
    router = APIRouter(include_in_schema=False)

    @router.post("/v1/progress/{namespace}/{ifcjob}/{attempt}")
    async def take(namespace: str, ifcjob: str, attempt: int, request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BYTES:
                return Response(status_code=413)
        try:
            posted = Progress.model_validate_json(bytes(body))
        except ValidationError:
            return Response(status_code=400)
        progress = JobProgress(**posted.model_dump(), updated_at=datetime.now(UTC))
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        bearer = token if kind == "Bearer" else ""
        return Response(status_code=await backend.take_progress((namespace, ifcjob), attempt, bearer, progress))

    app.include_router(router)
