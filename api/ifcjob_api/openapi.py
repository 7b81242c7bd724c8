"""The OpenAPI document, with the schema of problems that all operations share."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ifcjob_api.problems import ProblemDetails

_REFERENCES = "#/components/schemas/{model}"


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
    problem = ProblemDetails.model_json_schema(ref_template=_REFERENCES)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(problem.pop("$defs"))
    schemas["ProblemDetails"] = problem
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document
