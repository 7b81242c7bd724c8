"""The object store: look up files, read and commit manifests, presign URLs for pods.

minio signs (`signing`) and aiohttp sends (`store_requests`), so that nothing blocks the event loop (decision 9). An
error status becomes a Failure with a message.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.report import Failure
from ifcjob.request import Output
from ifcjob.resource import S3Source
from ifcjob.status import ObservedInput
from ifcjob_backends.storage.signing.options import StoreOptions
from ifcjob_backends.storage.store_requests import Answer, StoreConnection

_OWN_URL = timedelta(minutes=5)
_NOT_FOUND = {"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "MethodNotAllowed"}
CREDENTIALS_REJECTED = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "XAdminUserNotFound",
    "ExpiredToken",
    "InvalidToken",
}


class ObjectStore(StoreConnection):
    """One object store. Use as an async context manager; entering it sends no request to the server."""

    def __init__(
        self,
        options: StoreOptions,
        *,
        answer_seconds: float = 15.0,
        on_request: Callable[[str, int], None] | None = None,
    ) -> None:
        """Limit a request, with all its tries, to `answer_seconds`.

        Call `on_request` with method and status code of every answer; 0 when there was none.
        """
        super().__init__(options, "ifcjob-operator", answer_seconds=answer_seconds, on_request=on_request)
        self.output_bucket = options.output_bucket

    async def head(self, source: S3Source) -> ObservedInput | Failure:
        """Return an object's size, version and checksum without reading it."""
        try:
            answer = await self._head(source.bucket, source.key, source.version_id)
        except RunFailure as failure:
            return Failure.of(failure)
        if answer.status != 200:
            return refusal(answer, source.bucket, source.key, source.version_id)
        length = answer.headers.get("Content-Length", "")
        version = source.version_id or answer.headers.get("x-amz-version-id")
        return ObservedInput(
            uri=source.uri,
            bytes=int(length) if length.isdecimal() else None,
            etag=answer.etag.strip('"') or None,
            # "null" names any object written while the bucket had no versions: it pins nothing.
            version_id=None if version == "null" else version,
            sha256=_sha256(answer.headers),
        )

    async def exists(self, bucket: str, key: str) -> bool:
        """Return whether an object certainly exists; False when the store does not answer."""
        try:
            return (await self._head(bucket, key, None)).status == 200
        except RunFailure:
            return False

    async def get(self, bucket: str, key: str, most_bytes: int) -> Answer:
        """Read an object; RunFailure when the store is unavailable or the object is larger."""
        answer = await self._requests.ask("GET", self._urls.sign("GET", bucket, key, _OWN_URL), most_bytes=most_bytes)
        if answer.status == 200 and len(answer.body) > most_bytes:
            message = f"s3://{bucket}/{key} has more than {most_bytes} bytes."
            raise RunFailure(FailureReason.OUTPUT_REJECTED, message)
        return answer

    async def put(
        self, bucket: str, key: str, body: bytes, condition: Mapping[str, str], media_type: str = "application/json"
    ) -> Answer:
        """Write an object if the condition (`If-None-Match`, `If-Match`) holds; 412 or 409 when it does not."""
        headers = {"Content-Type": media_type, **condition}
        return await self._requests.ask(
            "PUT", self._urls.sign("PUT", bucket, key, _OWN_URL), body=body, headers=headers
        )

    async def delete(self, bucket: str, key: str) -> Answer:
        """Delete an object; 204 also when there is none. The operator itself deletes nothing."""
        return await self._requests.ask("DELETE", self._urls.sign("DELETE", bucket, key, _OWN_URL))

    def source_uri(self, source: S3Source, version_id: str | None, expires: timedelta) -> str:
        """Return the URL from which a pod reads the source, pinned to the version that was looked up, if any."""
        version = source.version_id or version_id
        return self._urls.sign("GET", source.bucket, source.key, expires, version_id=version, for_pod=True)

    def output(self, bucket: str, path: str, names: Iterable[str], expires: timedelta) -> Output:
        """Return the URLs to which a pod uploads, by artifact name."""
        urls = {name: self._urls.sign("PUT", bucket, f"{path}/{name}", expires, for_pod=True) for name in names}
        return Output(uploads=urls)

    async def _head(self, bucket: str, key: str, version_id: str | None) -> Answer:
        # In the query: a presigned request must not have an x-amz- header that was not signed.
        checksum = {"x-amz-checksum-mode": "ENABLED"}
        url = self._urls.sign("HEAD", bucket, key, _OWN_URL, version_id=version_id, query=checksum)
        answer = await self._requests.ask("HEAD", url)
        if answer.status == 200:
            return answer
        # A HEAD answer has no body, and only the body tells a missing key from a missing bucket or user.
        url = self._urls.sign("GET", bucket, key, _OWN_URL, version_id=version_id)
        reason = await self._requests.ask("GET", url, headers={"Range": "bytes=0-0"})
        return answer if reason.status in (200, 206, 416) else reason


def refusal(
    answer: Answer, bucket: str, key: str, version_id: str | None = None, *, program: str = "operator"
) -> Failure:
    """Return the Failure that says why a program cannot read an object."""
    uri = f"s3://{bucket}/{key}"
    status = f"HTTP {answer.status}{answer.code and f' {answer.code}'}"
    if answer.code == "NoSuchBucket":
        message, hint = f"{uri}: there is no bucket {bucket} ({status}).", "Check spec.source.s3.bucket, or create it."
        return Failure.of(RunFailure(FailureReason.INPUT_NOT_FOUND, message, hint=hint))
    if answer.code in CREDENTIALS_REJECTED:
        message = f"{uri}: the store rejects the {program}'s credentials ({status})."
        hint = f"Check the Secret with the {program}'s S3 credentials, and the clock of its node."
        return Failure.of(RunFailure(FailureReason.ACCESS_DENIED, message, hint=hint))
    if version_id and (answer.status in (400, 404) or answer.code in _NOT_FOUND):
        message, hint = (
            f"{uri} has no version {version_id} ({status}).",
            "Check spec.source.s3.versionId, or leave it out.",
        )
        return Failure.of(RunFailure(FailureReason.INPUT_NOT_FOUND, message, hint=hint))
    if answer.status in (404, 410) or answer.code in _NOT_FOUND:
        message = f"there is no object {key} in the bucket {bucket} ({status})."
        hint = "Check spec.source.s3.key (no leading /), and that the upload has finished."
        return Failure.of(RunFailure(FailureReason.INPUT_NOT_FOUND, message, hint=hint))
    if answer.status in (301, 302, 307, 308):
        message = f"{uri}: the store redirects: the bucket is elsewhere ({status})."
        hint = f"Check the region and the endpoint in the {program}'s settings."
        return Failure.of(RunFailure(FailureReason.ACCESS_DENIED, message, hint=hint))
    message = f"{uri}: the {program} may not read it ({status})."
    hint = f"Let the {program}'s S3 user read and list the bucket; where it may not list, a missing key looks the same."
    return Failure.of(RunFailure(FailureReason.ACCESS_DENIED, message, hint=hint))


def _sha256(headers: Mapping[str, str]) -> str | None:
    """Return the checksum that the store verified at the upload; client-written metadata proves nothing."""
    if headers.get("x-amz-checksum-type", "FULL_OBJECT") != "FULL_OBJECT":
        return None  # a checksum of the parts' checksums
    try:
        digest = base64.b64decode(headers.get("x-amz-checksum-sha256", ""), validate=True)
    except binascii.Error:
        return None
    return digest.hex() if len(digest) == 32 else None
