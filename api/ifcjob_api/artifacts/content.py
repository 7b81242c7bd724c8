"""The bytes of an artifact as an HTTP response: ranges, validators and caching."""

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from ifcjob_api.artifacts.byte_range import Unsatisfiable, byte_range
from ifcjob_api.first_item import begun
from ifcjob_api.models.artifact_cache import StoredArtifact
from ifcjob_api.problems import Problem
from ifcjob_api.request_headers import has_etag
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
    if has_etag(request.headers.get("if-none-match"), headers["ETag"]):
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
    try:
        body = await begun(store.read(artifact.bucket, artifact.key, start, end))
    except FileNotFoundError:
        raise _missing(artifact) from None
    return StreamingResponse(body, status, headers, media_type=media_type)


async def require(store: Store, artifact: StoredArtifact) -> None:
    """Raise Problem 410 unless the store has the artifact in the size that the manifest says."""
    facts = await store.facts(artifact.bucket, artifact.key)
    if facts is None or facts.bytes != artifact.bytes:
        raise _missing(artifact)


def _missing(artifact: StoredArtifact) -> Problem:
    detail = f"{artifact.uri} was deleted or replaced after the job: retry the job to make it again."
    return Problem(410, "ArtifactMissing", detail)


def _is_same(request: Request, etag: str) -> bool:
    """Return whether If-Range allows a part: a date or another ETag asks for the whole file."""
    return request.headers.get("if-range", etag).strip() == etag
