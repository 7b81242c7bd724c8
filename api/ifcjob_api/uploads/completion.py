"""Complete an upload: join the parts, then accept the file by its size, its ends, its checksum and a virus scan."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.file_format.recognition import HEAD_BYTES, TAIL_BYTES, Recognized, recognize
from ifcjob.http.problems import FieldProblem
from ifcjob_api.backend_problems import RETRY_SECONDS, problem_of_failure
from ifcjob_api.problems import Problem
from ifcjob_api.uploads.directory import Uploads
from ifcjob_api.uploads.scan import Infected, NotScanned, Scanner, ScannerUnavailable
from ifcjob_api.uploads.session import Rejection, Session
from ifcjob_backends.storage.protocol import ObjectFacts

_ABOUT_THE_FILE = {
    FailureReason.NOT_AN_IFC_FILE,
    FailureReason.UNSUPPORTED_SCHEMA,
    FailureReason.TRUNCATED_FILE,
    FailureReason.UNSAFE_ARCHIVE,
}
MAX_MISSING_LISTED = 100


async def complete(uploads: Uploads, session: Session) -> Session:
    """Complete an upload, and return its session; Problem 409 when parts are missing, 415 or 422 for a refused file.

    May be repeated, also at the same time and on other replicas: the outcome is the same.
    """
    if session.rejection is not None:
        raise Problem(session.rejection.status, session.rejection.code, session.rejection.detail)
    if session.state == "Complete":
        return session
    facts = await uploads.store.facts(uploads.bucket, session.key) or await _join(uploads, session)
    try:
        _check_size(facts, session)
        form = await _recognized(uploads, session)
        session.sha256 = await _checksum(uploads, session)
    except Problem as problem:
        if problem.status not in (415, 422):
            raise
        await _reject(uploads, session, problem)
        raise
    session.state, session.format, session.schema_name = "Complete", form.format, form.schema
    await uploads.save(session)
    return session


async def _join(uploads: Uploads, session: Session) -> ObjectFacts:
    parts = await uploads.parts(session)
    missing = [number for number in range(1, session.part_count + 1) if number not in parts]
    try:
        if not missing:
            ordered = [parts[number] for number in sorted(parts)]
            return await uploads.store.complete_upload(uploads.bucket, session.key, session.upload_id, ordered)
    except FileNotFoundError:
        pass
    # The parts are gone when the same request to another replica has joined them.
    if (facts := await uploads.store.facts(uploads.bucket, session.key)) is not None:
        return facts
    if not missing:
        raise Problem(410, "UploadAborted", "The upload was aborted meanwhile: begin a new one.")
    detail = f"{len(missing)} of {session.part_count} parts are missing: send them, then complete the upload again."
    errors = [FieldProblem(pointer=f"/parts/{number}", detail="missing") for number in missing[:MAX_MISSING_LISTED]]
    raise Problem(409, "UploadIncomplete", detail, errors=errors)


def _check_size(facts: ObjectFacts, session: Session) -> None:
    if facts.bytes != session.size:
        detail = f"The file has {facts.bytes} bytes, not {session.size} as announced: upload it again."
        raise Problem(422, "SizeMismatch", detail)


async def _recognized(uploads: Uploads, session: Session) -> Recognized:
    head, tail = await asyncio.gather(
        _read(uploads, session, 0, min(HEAD_BYTES, session.size)),
        _read(uploads, session, max(0, session.size - TAIL_BYTES), session.size),
    )
    try:
        return await asyncio.to_thread(recognize, head, tail, session.size, session.file_name)
    except RunFailure as failure:
        if failure.reason not in _ABOUT_THE_FILE:
            raise
        raise problem_of_failure(failure) from failure


async def _read(uploads: Uploads, session: Session, start: int, end: int) -> bytes:
    try:
        return b"".join([chunk async for chunk in uploads.store.read(uploads.bucket, session.key, start, end)])
    except FileNotFoundError:
        raise Problem(410, "UploadAborted", "The file was deleted meanwhile: begin a new upload.") from None


async def _checksum(uploads: Uploads, session: Session) -> str | None:
    """Scan the file if there is a scanner; return its checksum if that or a file on this machine has cost a pass."""
    local = uploads.store.local_path(uploads.bucket, session.key)
    if uploads.scanner is not None:
        checksum = await _scan(uploads, session, uploads.scanner)
    else:
        checksum = await asyncio.to_thread(_sha256, local) if local else None
    if checksum and session.declared_sha256 and checksum != session.declared_sha256:
        detail = f"The file has the SHA-256 {checksum}, not {session.declared_sha256} as announced: upload it again."
        raise Problem(422, "ChecksumMismatch", detail)
    return checksum


async def _scan(uploads: Uploads, session: Session, scanner: Scanner) -> str | None:
    digest = hashlib.sha256()

    async def hashed() -> AsyncIterator[bytes]:
        async for chunk in uploads.store.read(uploads.bucket, session.key):
            digest.update(chunk)
            yield chunk

    try:
        result = await scanner.scan(hashed())
    except ScannerUnavailable as error:
        detail = f"The virus scanner is unavailable ({error}): complete the upload again later."
        raise Problem(503, "ScannerUnavailable", detail, retry_after=RETRY_SECONDS) from error
    match result:
        case Infected():
            detail = f"{session.file_name} is infected ({result.signature}): it was deleted."
            raise Problem(422, "MalwareFound", detail)
        case NotScanned() if uploads.settings.accept_unscanned:
            return None  # the scanner has not read all of it
        case NotScanned():
            detail = f"{session.file_name} cannot be scanned for viruses: {result.reason}. Ask the administrator."
            raise Problem(422, "NotScanned", detail)
    return digest.hexdigest()


async def _reject(uploads: Uploads, session: Session, problem: Problem) -> None:
    """Delete the file; the session stays, so that a repeated request gets the same answer."""
    await uploads.store.delete(uploads.bucket, session.key)
    session.state = "Rejected"
    session.rejection = Rejection(status=problem.status, code=problem.code, detail=problem.detail)
    await uploads.save(session)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
