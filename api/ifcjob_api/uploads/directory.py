"""The uploads in the object store: begin, look up, send parts, abort. `completion` completes them."""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from ifcjob.file_format.recognition import refuse_name
from ifcjob_api.jobs.sources import CompletedUpload
from ifcjob_api.problems import Problem
from ifcjob_api.settings import ApiSettings
from ifcjob_api.store import Store
from ifcjob_api.uploads.names import display_name
from ifcjob_api.uploads.scan import Scanner
from ifcjob_api.uploads.session import SESSION, UPLOAD_ID_PATTERN, Session, key_of, new_session
from ifcjob_backends.storage.protocol import Part

MAX_SESSION_BYTES = 2**16


@dataclass(frozen=True)
class Uploads:
    """The uploads of all namespaces. It keeps no state: replicas are interchangeable."""

    store: Store
    settings: ApiSettings
    scanner: Scanner | None = None

    @property
    def bucket(self) -> str:
        """Return the bucket of the uploads."""
        return self.settings.upload_bucket

    async def create(self, namespace: str, file_name: str, size: int, sha256: str | None, owner: str) -> Session:
        """Begin an upload; Problem 413 or 415 for a file that would be refused anyway."""
        if size > self.settings.max_upload_bytes:
            detail = f"{size} bytes are more than the limit of {self.settings.max_upload_bytes}: split the model."
            raise Problem(413, "InputTooLarge", detail)
        name = display_name(file_name)
        refuse_name(name)
        lifetime = timedelta(seconds=self.settings.upload_seconds)
        session = new_session(namespace, name, size, sha256, owner=owner, lifetime=lifetime)
        session.upload_id = await self.store.create_upload(self.bucket, session.key, "application/octet-stream")
        await self.save(session)
        return session

    async def find(self, namespace: str, upload: str) -> Session:
        """Return an upload; Problem 404 for an unknown one, 410 for one that has expired."""
        content = bytearray()
        try:
            if re.fullmatch(UPLOAD_ID_PATTERN, upload):
                async for chunk in self.store.read(
                    self.bucket, key_of(namespace, upload, SESSION), 0, MAX_SESSION_BYTES
                ):
                    content += chunk
            session = Session.model_validate_json(content)
        except (FileNotFoundError, ValidationError):
            detail = f"The namespace {namespace} has no upload {upload}: it was deleted, or it has expired."
            raise Problem(404, "UploadNotFound", detail) from None
        if session.state == "Open" and session.expires_at < datetime.now(UTC):
            raise Problem(410, "UploadExpired", f"The upload expired at {session.expires_at}: begin a new one.")
        return session

    async def save(self, session: Session) -> None:
        """Write the session."""
        key = key_of(session.namespace, session.id, SESSION)
        await self.store.put(self.bucket, key, session.to_json().encode(), "application/json")

    async def completed(self, namespace: str, upload: str, /) -> CompletedUpload:
        """Return the file of a complete upload; Problem: 404 for an unknown one, 409 for one that is not complete."""
        session = await self.find(namespace, upload)
        if session.state == "Rejected" and session.rejection is not None:
            raise Problem(409, "UploadRejected", f"The upload was refused: {session.rejection.detail}")
        if session.state != "Complete":
            raise Problem(409, "UploadIncomplete", "The upload is not complete: send its parts, then complete it.")
        checksum = session.sha256 or session.declared_sha256
        return CompletedUpload(self.bucket, session.key, session.file_name, checksum)

    async def parts(self, session: Session) -> dict[int, Part]:
        """Return the stored parts of the right size, by number; none when the upload is complete."""
        parts = await self.store.parts(self.bucket, session.key, session.upload_id) or ()
        expected = range(1, session.part_count + 1)
        return {
            part.number: part
            for part in parts
            if part.number in expected and part.bytes == session.part_bytes(part.number)
        }

    def part_urls(self, session: Session, numbers: Iterable[int], expires: timedelta) -> dict[int, str | None]:
        """Return the presigned URL of each part; None when it goes through the API."""
        return {
            number: self.store.part_url(
                self.bucket, session.key, session.upload_id, number, session.part_bytes(number), expires
            )
            for number in numbers
        }

    async def put_part(self, session: Session, number: int, content: AsyncIterator[bytes]) -> Part:
        """Store a part that came through the API."""
        size = session.part_bytes(number)
        try:
            return await self.store.put_part(self.bucket, session.key, session.upload_id, number, size, content)
        except FileNotFoundError:
            raise Problem(409, "UploadClosed", "The upload takes no more parts: it is complete or aborted.") from None

    async def delete(self, session: Session) -> None:
        """Abort the upload, and delete the file and the session."""
        await self.store.abort_upload(self.bucket, session.key, session.upload_id)
        await self.store.delete(self.bucket, session.key)
        await self.store.delete(self.bucket, key_of(session.namespace, session.id, SESSION))

    async def abort_expired(self) -> int:
        """Abort the uploads that nobody completed in time, and return their number."""
        before = datetime.now(UTC) - timedelta(seconds=self.settings.upload_seconds)
        expired = await self.store.unfinished_uploads(self.bucket, before)
        for upload in expired:
            await self.store.abort_upload(self.bucket, upload.key, upload.upload_id)
            await self.store.delete(self.bucket, f"{upload.key.rpartition('/')[0]}/{SESSION}")
        return len(expired)
