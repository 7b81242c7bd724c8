"""Object access as the API uses it: an S3 server, or folders on one machine."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from ifcjob.failures import FailureReason, RunFailure


@dataclass(frozen=True)
class ObjectFacts:
    """Size and identity of an object."""

    bytes: int
    etag: str
    modified_at: datetime | None = None


@dataclass(frozen=True)
class Part:
    """One uploaded part."""

    number: int
    bytes: int
    etag: str


@dataclass(frozen=True)
class UnfinishedUpload:
    """An upload that is neither complete nor aborted."""

    key: str
    upload_id: str


def wrong_part_size(number: int, size: int) -> RunFailure:
    """Return the failure of a part that has not the size that was announced."""
    message = f"part {number} does not have {size} bytes: the transfer was interrupted."
    return RunFailure(FailureReason.INVALID_REQUEST, message, hint="Send the part again.")


class ObjectReader(Protocol):
    """Reads objects. Every method raises RunFailure with StorageUnavailable when the store does not answer."""

    async def facts(self, bucket: str, key: str) -> ObjectFacts | None:
        """Return size and ETag; None when there is no such object."""

    def read(self, bucket: str, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to but not including `end`; raises FileNotFoundError."""

    def local_path(self, bucket: str, key: str) -> Path | None:
        """Return the file to read in place, or None when the object is not on this machine."""

    def download_url(self, bucket: str, key: str, expires: timedelta, *, name: str, media_type: str) -> str | None:
        """Return a presigned URL that downloads under a name; None when clients cannot reach the store."""

    def url_lifetime(self, expires: timedelta) -> timedelta:
        """Return how long a URL is valid that is signed now for `expires`: less when the session ends earlier."""


class UploadStore(Protocol):
    """Multipart uploads, with the words and rules of S3: parts from 1 to 10,000, 5 MiB at least but for the last."""

    async def create_upload(self, bucket: str, key: str, media_type: str) -> str:
        """Begin an upload and return its id."""

    def part_url(self, bucket: str, key: str, upload_id: str, number: int, size: int, expires: timedelta) -> str | None:
        """Return a presigned URL that takes exactly `size` bytes; None when parts go through the API."""

    async def put_part(
        self, bucket: str, key: str, upload_id: str, number: int, size: int, content: AsyncIterator[bytes]
    ) -> Part:
        """Store a part that came through the API, without holding it in memory.

        Raises FileNotFoundError when the upload does not exist any more.
        """

    async def parts(self, bucket: str, key: str, upload_id: str) -> Sequence[Part] | None:
        """List the parts; None when the upload does not exist any more."""

    async def complete_upload(self, bucket: str, key: str, upload_id: str, parts: Sequence[Part]) -> ObjectFacts:
        """Join the parts to the object; raises FileNotFoundError when the upload does not exist any more."""

    async def abort_upload(self, bucket: str, key: str, upload_id: str) -> None:
        """Forget the upload and its parts; a missing one is not an error."""

    async def unfinished_uploads(self, bucket: str, before: datetime) -> Sequence[UnfinishedUpload]:
        """List the uploads that began before a time and are neither complete nor aborted."""

    async def put(self, bucket: str, key: str, content: bytes, media_type: str) -> ObjectFacts:
        """Write a small object, or replace it."""

    async def delete(self, bucket: str, key: str) -> None:
        """Delete an object; a missing one is not an error."""
