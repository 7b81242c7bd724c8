"""The bytes of an artifact as an HTTP response: ranges, validators and caching."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from ifcjob_api.artifacts.byte_range import Unsatisfiable, byte_range
from ifcjob_api.models.artifact_cache import StoredArtifact
from ifcjob_api.problems import Problem
from ifcjob_api.store import Store
from ifcjob_backends.storage.content_disposition import attachment


async def content(
    request: Request, store: Store, artifact: StoredArtifact, *, media_type: str, file_name: str, caching: str
) -> Response:
    """Return the artifact, a part of it, or 304; Problem 410 when the store has lost it."""
    headers = {
        "ETag": f'"{artifact.sha256}"',
        "Cache-Control": caching,
        "Accept-Ranges": "bytes",
        "Content-Disposition": attachment(file_name),
        "X-Content-Type-Options": "nosniff",
    }
    if _has(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    await require(store, artifact)
    size = artifact.bytes
    try:
        part = byte_range(request.headers.get("range"), size) if _is_same(request, headers["ETag"]) else None
    except Unsatisfiable:
        detail = f"The file has {size} bytes: ask for a range within it."
        raise Problem(416, "RangeNotSatisfiable", detail, headers={"Content-Range": f"bytes */{size}"}) from None
    start, end = part or (0, size)
    headers["Content-Length"] = str(end - start)
    if part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 206 if part else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    body = await _begun(store, artifact, start, end)
    return StreamingResponse(body, status, headers, media_type=media_type)


async def require(store: Store, artifact: StoredArtifact) -> None:
    """Raise Problem 410 unless the store has the artifact in the size that the manifest says."""
    facts = await store.facts(artifact.bucket, artifact.key)
    if facts is None or facts.bytes != artifact.bytes:
        raise _gone(artifact)


async def _begun(store: Store, artifact: StoredArtifact, start: int, end: int) -> AsyncIterator[bytes]:
    """Read the first bytes, so that an error becomes a status."""
    chunks = store.read(artifact.bucket, artifact.key, start, end)
    try:
        first = await anext(chunks, b"")
    except FileNotFoundError:
        raise _gone(artifact) from None

    async def body() -> AsyncIterator[bytes]:
        async with aclosing(cast("AsyncGenerator[bytes]", chunks)):
            yield first
            async for chunk in chunks:
                yield chunk

    return body()


def _gone(artifact: StoredArtifact) -> Problem:
    detail = f"{artifact.uri} was deleted or replaced after the job: retry the job to make it again."
    return Problem(410, "ArtifactMissing", detail)


def _has(header: str | None, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in (header or "").split(",")]
    return etag in tags or "*" in tags


def _is_same(request: Request, etag: str) -> bool:
    """Return whether If-Range allows a part: a date or another ETag asks for the whole file."""
    return request.headers.get("if-range", etag).strip() == etag
