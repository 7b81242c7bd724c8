"""Errors as RFC 9457 problems: raised as `Problem`, declared in OpenAPI with `problem_responses`."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ifcjob.http.problems import FieldProblem, ProblemDetails

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Take a stable CamelCase `code`, and a `detail` that says what to do next."""
        super().__init__(detail)
        self.status, self.code, self.detail, self.errors = status, code, detail, tuple(errors)
        self.headers = dict(headers or {}) | ({"Retry-After": str(retry_after)} if retry_after is not None else {})


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of an operation for FastAPI."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for status in statuses
    }


def details_of(request: Request, problem: Problem) -> ProblemDetails:
    """Return a problem as it is sent."""
    return ProblemDetails(
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.detail,
        instance=request.url.path,
        code=problem.code,
        retryable=problem.status in (429, 503, 507),
        errors=list(problem.errors),
    )


def problem_response(request: Request, problem: Problem) -> JSONResponse:
    """Return a problem as an HTTP response."""
    content = details_of(request, problem).model_dump()
    return JSONResponse(content, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, problem: Problem) -> JSONResponse:
        return problem_response(request, problem)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).phrase.title().replace(" ", "").replace("-", "")
        return problem_response(request, Problem(error.status_code, code, str(error.detail), headers=error.headers))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [FieldProblem(pointer=_pointer(item["loc"]), detail=item["msg"]) for item in error.errors()]
        return problem_response(request, Problem(422, "InvalidRequest", "The request is not valid.", errors=errors))


def _pointer(place: Sequence[str | int]) -> str:
    if place and place[0] == "body":
        return "".join(f"/{part}" for part in place[1:])
    return ".".join(str(part) for part in place[1:])
