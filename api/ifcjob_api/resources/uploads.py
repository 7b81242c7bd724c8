"""Uploads of IFC files in parts, straight to the object store where clients reach it, else through the API."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.requests import ClientDisconnect

from ifcjob.http.uploads import (
    MAX_PARTS,
    MAX_URLS,
    AlreadyProcessed,
    PartNumbers,
    SignedParts,
    Upload,
    UploadPart,
    UploadRequest,
)
from ifcjob_api.access.checks import Namespace, allowed
from ifcjob_api.access.protocol import Caller
from ifcjob_api.examples import operation
from ifcjob_api.examples import uploads as examples
from ifcjob_api.problems import Problem, problem_responses
from ifcjob_api.services import Services, services_of
from ifcjob_api.uploads.completion import complete
from ifcjob_api.uploads.earlier_results import earlier_result
from ifcjob_api.uploads.session import UPLOAD_ID_PATTERN, Session

router = APIRouter(tags=["uploads"])
PATH = "/namespaces/{namespace}/uploads"
API = "/api/v1"
COMMON = (401, 403, 404, 422, 429, 503)
WRITE = (*COMMON, 408, 410, 413)
UploadPath = Annotated[str, Path(pattern=UPLOAD_ID_PATTERN, description="The upload's id.", examples=["2b7e" * 8])]
PartPath = Annotated[int, Path(ge=1, le=MAX_PARTS, description="Number of the part.", examples=[1])]
May = Annotated[Caller, Depends(allowed("create", "ifcjobs"))]


@router.post(
    PATH,
    operation_id="createUpload",
    summary="Begin an upload",
    status_code=201,
    response_model=Upload,
    response_model_exclude_none=True,
    openapi_extra=operation.request(examples.REQUEST),
    responses=problem_responses(*WRITE, 415, 507)
    | {
        201: operation.answer(
            examples.CREATED,
            "The upload, and where to send its parts.",
            headers={
                "Location": operation.header("Path of the upload.", f"/api/v1/namespaces/bim/uploads/{'2b7e' * 8}")
            },
        )
    },
)
async def create_upload(
    namespace: Namespace,
    body: UploadRequest,
    response: Response,
    services: Annotated[Services, Depends(services_of)],
    user: May,
) -> Any:
    """Send each part with PUT to its URL, several at once and in any order; then complete the upload.

    `alreadyProcessed` names a job with the same checksum: there is usually no need to continue then.
    """
    uploads = services.uploads
    session = await uploads.create(namespace, body.file_name, body.size, body.sha256, user.name)
    answer = _upload(session, await _earlier(services, session, user))
    signed = _signed(services, session, range(1, min(session.part_count, MAX_URLS) + 1))
    answer.parts, answer.urls_expire_at = signed.parts, signed.urls_expire_at
    response.headers["Location"] = answer.links["self"]
    return answer


@router.get(
    f"{PATH}/{{upload}}",
    operation_id="getUpload",
    summary="Get the state of an upload",
    response_model=Upload,
    response_model_exclude_none=True,
    responses=problem_responses(*COMMON, 410)
    | {200: operation.answer(examples.OPEN, "The upload, with the numbers of the stored parts.")},
)
async def get_upload(
    namespace: Namespace,
    upload: UploadPath,
    services: Annotated[Services, Depends(services_of)],
    user: May,
) -> Any:
    """After an interruption, send the parts that are not in `uploaded`."""
    session = await services.uploads.find(namespace, upload)
    answer = _upload(session, await _earlier(services, session, user))
    if session.state == "Open":
        answer.uploaded = sorted(await services.uploads.parts(session))
    return answer


@router.post(
    f"{PATH}/{{upload}}/parts",
    operation_id="signUploadParts",
    summary="Sign the URLs of parts again",
    response_model=SignedParts,
    openapi_extra=operation.request({"numbers": [2]}),
    responses=problem_responses(*WRITE, 409) | {200: operation.answer(examples.SIGNED, "Parts with fresh URLs.")},
)
async def sign_upload_parts(
    namespace: Namespace,
    upload: UploadPath,
    body: PartNumbers,
    services: Annotated[Services, Depends(services_of)],
    _: May,
) -> Any:
    """Return fresh URLs of the requested parts, or of those that are missing."""
    session = _open(await services.uploads.find(namespace, upload))
    every = range(1, session.part_count + 1)
    if body.numbers is None:
        stored = await services.uploads.parts(session)
        return _signed(services, session, [number for number in every if number not in stored][:MAX_URLS])
    for number in body.numbers:
        _check_number(session, number)
    return _signed(services, session, sorted(set(body.numbers)))


@router.put(
    f"{PATH}/{{upload}}/parts/{{number}}",
    operation_id="putUploadPart",
    summary="Send a part through the API",
    status_code=204,
    openapi_extra=examples.PART_BODY,
    responses=problem_responses(*WRITE, 400, 409, 411, 507) | {204: {"description": "The part is stored."}},
)
async def put_upload_part(
    request: Request,
    namespace: Namespace,
    upload: UploadPath,
    number: PartPath,
    services: Annotated[Services, Depends(services_of)],
    _: May,
) -> Response:
    """Send the bytes of one part; a part that was sent before is replaced."""
    session = _open(await services.uploads.find(namespace, upload))
    _check_number(session, number)
    _check_length(request, session.part_bytes(number))
    await services.uploads.put_part(session, number, _body(request))
    return Response(status_code=204)


@router.post(
    f"{PATH}/{{upload}}/complete",
    operation_id="completeUpload",
    summary="Complete an upload",
    response_model=Upload,
    response_model_exclude_none=True,
    responses=problem_responses(*WRITE, 409, 415, 507)
    | {200: operation.answer(examples.COMPLETE, "The file, which jobs can name now.")},
)
async def complete_upload(
    namespace: Namespace,
    upload: UploadPath,
    services: Annotated[Services, Depends(services_of)],
    user: May,
) -> Any:
    """Join the parts and check the file. A refused file is deleted; the answer says what it is and what to do.

    409 lists the parts that are missing. May be repeated.
    """
    session = await complete(services.uploads, await services.uploads.find(namespace, upload))
    return _upload(session, await _earlier(services, session, user))


@router.delete(
    f"{PATH}/{{upload}}",
    operation_id="deleteUpload",
    summary="Abort an upload, or delete its file",
    status_code=204,
    responses=problem_responses(*COMMON, 410) | {204: {"description": "Deleted."}},
)
async def delete_upload(
    request: Request,
    namespace: Namespace,
    upload: UploadPath,
    services: Annotated[Services, Depends(services_of)],
    user: Annotated[Caller, Depends(allowed("create", "ifcjobs", audited="delete"))],
) -> Response:
    """Delete the file; a job that has not read it yet fails with InputNotFound.

    An upload of another user needs the right to delete IfcJobs.
    """
    session = await services.uploads.find(namespace, upload)
    if session.owner != user.name and not await services.access.allows(user, "delete", "ifcjobs", namespace):
        detail = f"The upload belongs to {session.owner}: you may not delete ifcjobs in the namespace {namespace}."
        request.state.right = replace(request.state.right, allowed=False)
        raise Problem(403, "Forbidden", detail)
    await services.uploads.delete(session)
    return Response(status_code=204)


def _path(session: Session) -> str:
    return f"{API}/namespaces/{session.namespace}/uploads/{session.id}"


def _upload(session: Session, earlier: AlreadyProcessed | None) -> Upload:
    path = _path(session)
    links = {"self": path, "jobs": f"{API}/namespaces/{session.namespace}/jobs"}
    if session.state == "Open":
        links |= {"parts": f"{path}/parts", "complete": f"{path}/complete"}
    return Upload(
        **session.model_dump(include=set(Upload.model_fields) & set(Session.model_fields)),
        part_count=session.part_count,
        already_processed=earlier,
        links=links,
    )


def _signed(services: Services, session: Session, numbers: Iterable[int]) -> SignedParts:
    expires = services.store.url_lifetime(timedelta(seconds=services.settings.presign_seconds))
    urls = services.uploads.part_urls(session, numbers, expires)
    parts = [
        UploadPart(
            number=number,
            offset=(number - 1) * session.part_size,
            size=session.part_bytes(number),
            url=url or f"{_path(session)}/parts/{number}",
        )
        for number, url in urls.items()
    ]
    return SignedParts(parts=parts, urls_expire_at=datetime.now(UTC) + expires)


async def _earlier(services: Services, session: Session, user: Caller) -> AlreadyProcessed | None:
    checksum, namespace = session.sha256 or session.declared_sha256, session.namespace
    if checksum is None or not await services.access.allows(user, "get", "ifcjobs", namespace):
        return None
    earlier = await earlier_result(services.live, services.catalog, namespace, checksum)
    if earlier is None:
        return None
    place = f"history/{earlier.uid}" if earlier.is_deleted else f"jobs/{earlier.name}"
    return AlreadyProcessed(
        job=earlier.name,
        uid=earlier.uid,
        sha256=checksum,
        url=f"{API}/namespaces/{namespace}/{place}",
        model_url=f"{API}/models/{checksum}",
    )


def _open(session: Session) -> Session:
    if session.state != "Open":
        raise Problem(409, "UploadClosed", f"The upload takes no more parts: it is {session.state.lower()}.")
    return session


def _check_number(session: Session, number: int) -> None:
    if not 1 <= number <= session.part_count:
        raise Problem(422, "InvalidPart", f"The upload has the parts 1 to {session.part_count}, not {number}.")


def _check_length(request: Request, size: int) -> None:
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise Problem(411, "LengthRequired", f"Send the part with a Content-Length of {size}.")
    if int(length) > size:
        raise Problem(413, "PartTooLarge", f"The part has {length} bytes, not {size}.")
    if int(length) < size:
        raise Problem(422, "PartTooSmall", f"The part has {length} bytes, not {size}.")


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise Problem(400, "TransferInterrupted", "The connection was closed: send the part again.") from None
