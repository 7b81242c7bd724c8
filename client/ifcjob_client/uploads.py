"""Flows about uploads: parts in parallel, resumed after an interruption, checked before and after."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote

from ifcjob.http.job_requests import JobRequest, RequestedSource
from ifcjob.http.uploads import SignedParts, Upload, UploadPart
from ifcjob.resource import IfcJob
from ifcjob_client import jobs
from ifcjob_client.errors import ApiError, ServerUnreachable
from ifcjob_client.flows import Call, Flow, Pause, json_of, response_to
from ifcjob_client.jobs import DEFAULT_NAMESPACE

AT_ONCE = 16
"""Parts that a flow hands to the client together."""
TRIES = 3
"""How often missing parts are signed and sent again."""
OUTAGE_TRIES, OUTAGE_PAUSE_SECONDS = 6, 5.0
"""How often, and after which pause, a server is asked again that restarts during an upload."""
PART_SECONDS = 600
Progress = Callable[[int], None]
"""Called with the number of bytes of each part that has arrived, perhaps in another thread."""


def submit(
    path: str | Path,
    request: JobRequest | None = None,
    namespace: str = DEFAULT_NAMESPACE,
    *,
    progress: Progress | None = None,
) -> Flow[IfcJob]:
    """Upload a file and create its job; `request` has the options, its source is replaced."""
    done = yield from upload(path, namespace, progress=progress)
    fields = request.model_dump(by_alias=True, exclude_unset=True) if request else {}
    source = {"upload": done.id} | ({"sha256": done.sha256} if done.sha256 else {})
    fields |= {"source": RequestedSource.model_validate(source).model_dump(by_alias=True, exclude_unset=True)}
    fields.setdefault("fileName", done.file_name)
    return (yield from jobs.create(JobRequest.model_validate(fields), namespace))


def upload(
    path: str | Path,
    namespace: str = DEFAULT_NAMESPACE,
    *,
    sha256: str | None = None,
    resume: str | None = None,
    progress: Progress | None = None,
) -> Flow[Upload]:
    """Upload a file; with `resume`, the id of an earlier upload of it, only the parts that are missing.

    With `sha256`, the answer's `already_processed` names a job that has processed the same content.
    """
    file = Path(path)
    if resume is None:
        body = {"fileName": file.name, "size": file.stat().st_size} | ({"sha256": sha256} if sha256 else {})
        state = Upload.model_validate((yield from json_of(Call("POST", _path(namespace), json=body))))
        parts: Sequence[UploadPart] = state.parts
    else:
        state = yield from get(resume, namespace)
        parts = ()
    for attempt in range(TRIES + 1):
        try:
            yield from _send(file, parts, progress)
        except (ApiError, ServerUnreachable):  # a URL has expired, or the store was busy
            if attempt == TRIES:
                raise
        parts = (yield from _missing(state.id, namespace)).parts
        if not parts:
            break
    return (yield from complete(state.id, namespace))


def get(upload_id: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[Upload]:
    """Return the state of an upload, with the numbers of the stored parts."""
    return Upload.model_validate((yield from json_of(Call("GET", _path(namespace, upload_id)))))


def complete(upload_id: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[Upload]:
    """Join the parts; ApiError says why a file was refused."""
    call = Call("POST", f"{_path(namespace, upload_id)}/complete", timeout=PART_SECONDS, repeats=True)
    return Upload.model_validate((yield from json_of(call)))


def abort(upload_id: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[None]:
    """Delete an upload and its parts."""
    yield from response_to(Call("DELETE", _path(namespace, upload_id)))


def checksum(path: str | Path) -> str:
    """Return a file's SHA-256."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _send(file: Path, parts: Sequence[UploadPart], progress: Progress | None) -> Flow[None]:
    for batch in _batches(parts):
        yield [
            Call(
                "PUT",
                part.url,
                content=partial(_slice, file, part.offset, part.size),
                headers={"Content-Length": str(part.size)},
                done=partial(progress, part.size) if progress else None,
                timeout=PART_SECONDS,
            )
            for part in batch
        ]


def _missing(upload_id: str, namespace: str) -> Flow[SignedParts]:
    call = Call("POST", f"{_path(namespace, upload_id)}/parts", json={})
    for attempt in range(OUTAGE_TRIES + 1):
        try:
            return SignedParts.model_validate((yield from json_of(call)))
        except ServerUnreachable:
            if attempt == OUTAGE_TRIES:
                raise
        yield Pause(OUTAGE_PAUSE_SECONDS)
    raise AssertionError("unreachable")


def _batches(parts: Iterable[UploadPart]) -> Iterator[list[UploadPart]]:
    waiting = list(parts)
    for start in range(0, len(waiting), AT_ONCE):
        yield waiting[start : start + AT_ONCE]


def _slice(file: Path, offset: int, size: int) -> bytes:
    with file.open("rb") as content:
        content.seek(offset)
        return content.read(size)


def _path(namespace: str, upload_id: str | None = None) -> str:
    path = f"/namespaces/{quote(namespace, safe='')}/uploads"
    return path if upload_id is None else f"{path}/{quote(upload_id, safe='')}"
