"""Objects and multipart uploads of an S3 server, for the API."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_backends.storage.content_disposition import attachment
from ifcjob_backends.storage.protocol import ObjectFacts, Part, UnfinishedUpload, wrong_part_size
from ifcjob_backends.storage.s3 import refusal
from ifcjob_backends.storage.signing.options import StoreOptions
from ifcjob_backends.storage.signing.presign import StoreUrls
from ifcjob_backends.storage.store_requests import Answer, StoreConnection, StoreRefusal

CHUNK = 2**18
_OWN_URL = timedelta(minutes=15)
_PAGE_BYTES = 2**22
"""A thousand parts or uploads take 300 KiB."""
_COMPLETE_SECONDS = 300.0
"""Joining thousands of parts takes a store minutes."""


class S3Objects(StoreConnection):
    """The objects of one S3 server. Use as an async context manager; entering it sends no request to the server."""

    def __init__(
        self, options: StoreOptions, public_endpoint: str | None = None, *, answer_seconds: float = 15.0
    ) -> None:
        """Presign URLs for `public_endpoint`; without one, clients cannot reach the store."""
        super().__init__(options, "ifcjob-api", answer_seconds=answer_seconds)
        self._public: StoreUrls | None = None
        if public_endpoint:
            self._public = StoreUrls(replace(options, endpoint=public_endpoint), self._credentials)

    async def facts(self, bucket: str, key: str) -> ObjectFacts | None:
        """Return size and ETag; None when there is no such object."""
        answer = await self._requests.ask("HEAD", self._urls.sign("HEAD", bucket, key, _OWN_URL))
        if answer.status == 200:
            return _facts(answer)
        if answer.status == 404:
            return None
        raise _refused(answer, bucket, key)

    async def read(self, bucket: str, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to but not including `end`; raises FileNotFoundError."""
        if end is not None and end <= start:
            return
        headers = {"Range": f"bytes={start}-{'' if end is None else end - 1}"} if start or end is not None else {}
        chunks = self._requests.receive(self._urls.sign("GET", bucket, key, _OWN_URL), headers, CHUNK)
        try:
            async with aclosing(chunks):
                async for chunk in chunks:
                    yield chunk
        except StoreRefusal as error:
            if error.answer.status == 416:
                return
            if error.answer.status == 404:
                raise FileNotFoundError(f"s3://{bucket}/{key}") from None
            raise _refused(error.answer, bucket, key) from None

    def local_path(self, bucket: str, key: str) -> Path | None:
        """Return None: the objects are not on this machine."""
        del bucket, key
        return None

    def download_url(self, bucket: str, key: str, expires: timedelta, *, name: str, media_type: str) -> str | None:
        """Return a presigned URL that downloads under a name; None when clients cannot reach the store."""
        if self._public is None:
            return None
        query = {"response-content-disposition": attachment(name), "response-content-type": media_type}
        return self._public.sign("GET", bucket, key, expires, query=query)

    async def put(self, bucket: str, key: str, content: bytes, media_type: str) -> ObjectFacts:
        """Write a small object, or replace it."""
        url, headers = self._urls.sign("PUT", bucket, key, _OWN_URL), {"Content-Type": media_type}
        answer = await self._requests.ask("PUT", url, body=content, headers=headers)
        if answer.status != 200:
            raise _refused(answer, bucket, key)
        return ObjectFacts(len(content), answer.etag)

    async def delete(self, bucket: str, key: str) -> None:
        """Delete an object; a missing one is not an error."""
        answer = await self._requests.ask("DELETE", self._urls.sign("DELETE", bucket, key, _OWN_URL))
        if answer.status not in (200, 204, 404):
            raise _refused(answer, bucket, key)

    async def create_upload(self, bucket: str, key: str, media_type: str) -> str:
        """Begin an upload and return its id."""
        url = self._urls.sign_headers("POST", bucket, key, _OWN_URL, query={"uploads": ""})
        answer = await self._requests.ask("POST", url, headers={"Content-Type": media_type})
        return _text(_document(answer, bucket, key), "UploadId")

    def part_url(self, bucket: str, key: str, upload_id: str, number: int, size: int, expires: timedelta) -> str | None:
        """Return a presigned URL that takes exactly `size` bytes; None when clients cannot reach the store."""
        return None if self._public is None else _part_url(self._public, bucket, key, upload_id, number, size, expires)

    async def put_part(
        self, bucket: str, key: str, upload_id: str, number: int, size: int, content: AsyncIterator[bytes]
    ) -> Part:
        """Send a part on as it arrives; FileNotFoundError when the upload does not exist any more."""
        url = _part_url(self._urls, bucket, key, upload_id, number, size, _OWN_URL)
        answer = await self._requests.send("PUT", url, size, _exactly(number, size, content))
        if answer.status == 404:
            raise FileNotFoundError(f"there is no upload of s3://{bucket}/{key}")
        if answer.status != 200:
            raise _refused(answer, bucket, key)
        return Part(number, size, answer.etag)

    async def parts(self, bucket: str, key: str, upload_id: str) -> Sequence[Part] | None:
        """List the parts; None when the upload does not exist any more."""
        parts: list[Part] = []
        query = {"uploadId": upload_id, "max-parts": "1000"}
        while True:
            answer = await self._list(bucket, key, query)
            if answer.status == 404:
                return None
            document = _document(answer, bucket, key)
            parts += [
                Part(int(_text(part, "PartNumber")), int(_text(part, "Size")), _text(part, "ETag"))
                for part in _elements(document, "Part")
            ]
            if _text(document, "IsTruncated") != "true":
                return parts
            query["part-number-marker"] = _text(document, "NextPartNumberMarker")

    async def complete_upload(self, bucket: str, key: str, upload_id: str, parts: Sequence[Part]) -> ObjectFacts:
        """Join the parts to the object; raises FileNotFoundError when the upload does not exist any more."""
        url = self._urls.sign_headers("POST", bucket, key, _OWN_URL, query={"uploadId": upload_id})
        body = "".join(
            f"<Part><PartNumber>{part.number}</PartNumber><ETag>{escape(part.etag)}</ETag></Part>" for part in parts
        )
        body = f"<CompleteMultipartUpload>{body}</CompleteMultipartUpload>"
        answer = await self._requests.ask("POST", url, body=body.encode(), answer_seconds=_COMPLETE_SECONDS)
        if answer.status == 404:
            raise FileNotFoundError(f"there is no upload of s3://{bucket}/{key}")
        # A store that has already answered 200 reports a later problem in the body.
        if answer.status != 200 or b"<Error>" in answer.body:
            raise _refused(answer, bucket, key)
        facts = await self.facts(bucket, key)
        if facts is None:
            raise FileNotFoundError(f"s3://{bucket}/{key} was deleted")
        return facts

    async def abort_upload(self, bucket: str, key: str, upload_id: str) -> None:
        """Forget the upload and its parts; a missing one is not an error."""
        url = self._urls.sign_headers("DELETE", bucket, key, _OWN_URL, query={"uploadId": upload_id})
        answer = await self._requests.ask("DELETE", url)
        if answer.status not in (200, 204, 404):
            raise _refused(answer, bucket, key)

    async def unfinished_uploads(self, bucket: str, before: datetime) -> Sequence[UnfinishedUpload]:
        """List the uploads that began before a time and are neither complete nor aborted."""
        unfinished: list[UnfinishedUpload] = []
        query = {"uploads": "", "max-uploads": "1000"}
        while True:
            document = _document(await self._list(bucket, "", query), bucket, "")
            unfinished += [
                UnfinishedUpload(_text(upload, "Key"), _text(upload, "UploadId"))
                for upload in _elements(document, "Upload")
                if datetime.fromisoformat(_text(upload, "Initiated")) < before
            ]
            if _text(document, "IsTruncated") != "true":
                return unfinished
            query["key-marker"] = _text(document, "NextKeyMarker")
            query["upload-id-marker"] = _text(document, "NextUploadIdMarker")

    async def _list(self, bucket: str, key: str, query: Mapping[str, str]) -> Answer:
        url = self._urls.sign_headers("GET", bucket, key, _OWN_URL, query=query)
        return await self._requests.ask("GET", url, most_bytes=_PAGE_BYTES)


def _part_url(
    urls: StoreUrls, bucket: str, key: str, upload_id: str, number: int, size: int, expires: timedelta
) -> str:
    query = {"partNumber": str(number), "uploadId": upload_id}
    return urls.sign_headers("PUT", bucket, key, expires, query=query, headers={"content-length": str(size)})


async def _exactly(number: int, size: int, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass on exactly `size` bytes; RunFailure for fewer or more."""
    passed = 0
    async for chunk in content:
        passed += len(chunk)
        if passed > size:
            break
        yield chunk
    if passed != size:
        raise wrong_part_size(number, size)


def _facts(answer: Answer) -> ObjectFacts:
    modified = answer.headers.get("Last-Modified")
    size = int(answer.headers.get("Content-Length", "0"))
    return ObjectFacts(size, answer.etag, parsedate_to_datetime(modified) if modified else None)


def _refused(answer: Answer, bucket: str, key: str) -> RunFailure:
    failure = refusal(answer, bucket, key, program="API")
    return RunFailure(FailureReason(failure.reason), failure.message, hint=failure.hint)


def _document(answer: Answer, bucket: str, key: str) -> ET.Element:
    if answer.status != 200:
        raise _refused(answer, bucket, key)
    try:
        return ET.fromstring(answer.body)  # noqa: S314 - from the store; expat bounds the expansion of entities
    except ET.ParseError as error:
        message = f"the object store answers a list of s3://{bucket}/{key} with malformed XML: {error}."
        raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message) from error


def _elements(parent: ET.Element, name: str) -> list[ET.Element]:
    return parent.findall(f"{{*}}{name}")


def _text(parent: ET.Element, name: str) -> str:
    return parent.findtext(f"{{*}}{name}") or ""
