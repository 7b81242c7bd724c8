"""Answers from the index: encoded documents with ETag, 304, and the age of a copy that may be stale."""

from collections.abc import Callable, Mapping

from fastapi import Request, Response

from ifcjob_api.live.entries import Entry
from ifcjob_api.request_headers import has_etag
from ifcjob_api.services import Services


def etag_of(entry: Entry) -> str:
    """Return the ETag of an object: its resourceVersion."""
    return f'"{entry.version}"'


def document(
    request: Request, services: Services, entry: Entry, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an object, or 304 for a client that has this version."""
    return cached(request, services, etag_of(entry), lambda: entry.document, status, headers)


def cached(
    request: Request,
    services: Services,
    etag: str,
    content: Callable[[], bytes],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return JSON, or 304 for a client that has it."""
    shared = {"ETag": etag, "Cache-Control": "private, no-cache"} | age(services) | dict(headers or {})
    if request.method == "GET" and has_etag(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=shared)
    return Response(content(), status, shared, media_type="application/json")


def age(services: Services) -> dict[str, str]:
    """Return the header that says how old a copy is while Kubernetes does not answer."""
    seconds = int(services.live.stale_seconds())
    return {"Age": str(seconds)} if seconds else {}
