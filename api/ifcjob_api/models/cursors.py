"""Opaque cursors: where the next page of a query begins, with a mark of the query that they belong to."""

import base64
import binascii
import hashlib
from typing import Any

import orjson

from ifcjob.http.problems import FieldProblem
from ifcjob_api.problems import Problem

MAX_CURSOR = 2048


def query_mark(*parts: Any) -> str:
    """Return a short hash of a query."""
    return hashlib.sha256(orjson.dumps(parts, default=str)).hexdigest()[:12]


def encode_cursor(mark: str, *position: Any) -> str:
    """Return the cursor of a position."""
    return base64.urlsafe_b64encode(orjson.dumps([mark, *position])).decode().rstrip("=")


def decode_cursor(cursor: str | None, mark: str, *kinds: type | tuple[type, ...]) -> list[Any] | None:
    """Return the position, whose parts have these types; None without a cursor, a Problem for another query's."""
    if cursor is None:
        return None
    try:
        content = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        content = None
    if not isinstance(content, list) or len(content) != len(kinds) + 1 or content[0] != mark:
        raise _invalid()
    if not all(
        isinstance(part, kind) and not isinstance(part, bool) for part, kind in zip(content[1:], kinds, strict=True)
    ):
        raise _invalid()
    return content[1:]


def _invalid() -> Problem:
    detail = (
        "The cursor does not belong to this query: take it unchanged from the page before, with the same parameters."
    )
    return Problem(422, "InvalidCursor", detail, errors=[FieldProblem(pointer="cursor", detail=detail)])
