"""Adds examples to the description of an operation."""

from typing import Any

Example = dict[str, Any]


def request(example: Example) -> dict[str, Any]:
    """Return the `openapi_extra` of an operation with an example of its body."""
    return {"requestBody": {"content": {"application/json": {"examples": {"request": {"value": example}}}}}}


def answer(example: Any, description: str, media_type: str = "application/json", **more: Any) -> dict[str, Any]:
    """Return an entry of `responses` with an example."""
    schema = {} if media_type == "application/json" else {"schema": {"type": "string"}}
    return {"description": description, "content": {media_type: schema | {"example": example}}} | more


def header(description: str, example: str) -> dict[str, Any]:
    """Return the description of a header."""
    return {"description": description, "schema": {"type": "string"}, "example": example}
