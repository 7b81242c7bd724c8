"""The OpenAPI document: with the schema and examples of problems, and without the keys that only CRDs need."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ifcjob.http.problems import ProblemDetails
from ifcjob_api.problems import MEDIA_TYPE, problem_responses

_REFERENCES = "#/components/schemas/{model}"
_PUBLIC_TAGS = {"health"}
_BEARER = {"bearer": {"type": "http", "scheme": "bearer", "description": "A JWT, or a token of a ServiceAccount."}}
_CODES = {
    400: ("InvalidCursor", "The cursor does not belong to this list: begin without one."),
    401: ("InvalidToken", "The token has expired: get a new one."),
    403: ("Forbidden", "ann may not create ifcjobs in the namespace bim: ask for a RoleBinding."),
    404: ("JobNotFound", "The namespace bim has no job house; the history lists jobs that were deleted."),
    409: ("JobFinished", "house has finished: it is Succeeded. Retry it to run the file again."),
    412: ("PreconditionFailed", "The job is not in the version of If-Match: read it again."),
    413: ("BodyTooLarge", "The body is larger than 1 MiB: send fewer jobs per request."),
    422: ("InvalidRequest", "The request is not valid."),
    429: ("TooManyRequests", "More requests than allowed: repeat this one after the time in Retry-After."),
    503: ("KubernetesUnavailable", "Kubernetes does not answer: repeat the request later."),
}


def install(app: FastAPI) -> None:
    """Serve the document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # as FastAPI documents it


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = ProblemDetails.model_json_schema(ref_template=_REFERENCES)
    schemas.update(problem.pop("$defs"))
    schemas["ProblemDetails"] = problem
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = _BEARER
    for path in document["paths"].values():
        for operation in path.values():
            _complete(operation)
    cleaned: dict[str, Any] = _without_extensions(document)
    return cleaned


def _complete(operation: dict[str, Any]) -> None:
    """Add the authentication, the answer to a body that cannot be read, and examples of problems."""
    public = _PUBLIC_TAGS & set(operation["tags"])
    # The second one: no token, for `ifcjob serve` on this machine.
    operation["security"] = [] if public else [{"bearer": []}, {}]
    if "requestBody" in operation:
        operation["responses"].setdefault("400", problem_responses(400)[400])
    for status, response in operation["responses"].items():
        content = response.get("content", {}).get(MEDIA_TYPE)
        if content is not None:
            content.setdefault("example", _problem(int(status)))


def _problem(status: int) -> dict[str, Any]:
    phrase = HTTPStatus(status).phrase
    code, detail = _CODES.get(status, (phrase.title().replace(" ", ""), f"{phrase}."))
    retryable = status in (429, 503, 507)
    details = ProblemDetails(title=phrase, status=status, detail=detail, code=code, retryable=retryable)
    return details.model_dump(exclude={"errors", "instance"})


def _without_extensions(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_extensions(inner) for name, inner in value.items() if not name.startswith("x-")}
    return [_without_extensions(inner) for inner in value] if isinstance(value, list) else value
