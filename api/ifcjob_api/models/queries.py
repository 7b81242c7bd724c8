"""The query parameters of models and search: filters, and how the answer is cut."""

from typing import Annotated

from fastapi import Path
from pydantic import Field

from ifcjob_api.models.cursors import MAX_CURSOR
from ifcjob_api.models.filtering.element_filter import ElementFilter

MAX_LIMIT = 1000
Cursor = Annotated[str, Field(max_length=MAX_CURSOR, pattern="^[-A-Za-z0-9_]+$")]
By = Annotated[list[Annotated[str, Field(min_length=1, max_length=512)]], Field(min_length=1, max_length=10)]
ModelSha256 = Annotated[
    str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the IFC file.", examples=["9f86d081884c7d65" * 4])
]
ElementGlobalId = Annotated[
    str,
    Path(alias="globalId", max_length=64, description="GlobalId as in the file.", examples=["1hOSvn6df7F8_7GcBWlRGQ"]),
]


class FieldsQuery(ElementFilter):
    """Conditions on elements, and the fields to return."""

    fields: str | None = Field(default=None, max_length=512, examples=["globalId,name,storeyName"])
    """Fields of each element, separated by commas; default: all."""


class FoundQuery(FieldsQuery):
    """Parameters of the search over all models."""

    limit: int = Field(default=100, ge=1, le=MAX_LIMIT)
    """Elements per page."""
    cursor: Cursor | None = None
    """`nextCursor` of the page before, with the same parameters."""


class ElementQuery(FoundQuery):
    """Parameters of the elements of one model."""

    sort: str = Field(default="stepId", max_length=64, examples=["-name"])
    """Field to sort by, as in the answer; with `-` in descending order. Elements without a value come last."""


class FacetQuery(ElementFilter):
    """Parameters of the counts."""

    by: By = Field(examples=[["class"]])
    """The grouping: a field of the elements (`class`, `storey`, `material` …) or a property (`[Set.]Name`)."""
    limit: int = Field(default=50, ge=1, le=MAX_LIMIT)
    """The most frequent values of each."""
