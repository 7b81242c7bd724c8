"""The S3 store as the operator uses it: is a file there, read and commit a manifest, presign what a pod may do.

The SDK signs (`store_urls`), aiohttp asks: nothing here blocks the event loop. Every answer that is not the wished one
is a Failure in words; a store that does not answer is tried again for a few seconds only: whoever asks asks again.
"""

import asyncio
import base64
import binascii
import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Literal, Self

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from yarl import URL

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.report import Failure
from ifcjob.resource import S3Source
from ifcjob.status import ObservedInput
from ifcjob_operator import metrics
from ifcjob_operator.storage.presign import StoreOptions, StoreUrls

ANSWER_SECONDS = 15.0
"""The longest one question may take, all tries together."""
TRIES = 3
_OWN_URL = timedelta(minutes=5)
_ERROR_BYTES = 16_384
_CODE = re.compile(rb"<Code>([^<]{1,100})</Code>")
_GONE = {"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "MethodNotAllowed"}
_NOT_KNOWN = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "XAdminUserNotFound", "ExpiredToken", "InvalidToken"}


@dataclass(frozen=True)
class Answer:
    """What the store said."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    """Cut at the size that was asked for."""
    code: str = ""
    """The store's own word for an error, such as NoSuchKey."""

    @property
    def etag(self) -> str:
        """The content's fingerprint, quoted as it came."""
        return self.headers.get("ETag", "")


class ObjectStore:
    """One store. Use as an async context manager; needs no store to start."""

    def __init__(self, options: StoreOptions) -> None:
        self._urls = StoreUrls(options)
        self.output_bucket = options.output_bucket
        self._tls = ssl.create_default_context()
        if options.ca_file is not None:
            self._tls.load_verify_locations(options.ca_file)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=64, ssl=self._tls),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=10),
            headers={"User-Agent": "ifcjob-operator", "Accept-Encoding": "identity"},
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def head(self, source: S3Source) -> ObservedInput | Failure:
        """Look at an object without reading it."""
        uri = f"s3://{source.bucket}/{source.key}"
        try:
            answer = await self._head(source.bucket, source.key, source.version_id)
        except RunFailure as failure:
            return Failure.of(failure)
        if answer.status != 200:
            return refusal(answer, source.bucket, source.key, source.version_id)
        length = answer.headers.get("Content-Length", "")
        version = source.version_id or answer.headers.get("x-amz-version-id")
        return ObservedInput(
            uri=uri,
            bytes=int(length) if length.isdecimal() else None,
            etag=answer.etag.strip('"') or None,
            # "null" names whatever was written while the bucket had no versions: it pins nothing.
            version_id=None if version == "null" else version,
            sha256=_sha256(answer.headers),
        )

    async def exists(self, bucket: str, key: str) -> bool:
        """Tell whether an object is there for sure; False also when the store does not say."""
        try:
            return (await self._head(bucket, key, None)).status == 200
        except RunFailure:
            return False

    async def get(self, bucket: str, key: str, most_bytes: int) -> Answer:
        """Read an object; RunFailure when the store is unavailable or the object is larger."""
        answer = await self._ask("GET", self._urls.sign("GET", bucket, key, _OWN_URL), most_bytes=most_bytes)
        if answer.status == 200 and len(answer.body) > most_bytes:
            message = f"s3://{bucket}/{key} has more than {most_bytes} bytes."
            raise RunFailure(FailureReason.OUTPUT_REJECTED, message)
        return answer

    async def put(
        self, bucket: str, key: str, body: bytes, condition: Mapping[str, str], media_type: str = "application/json"
    ) -> Answer:
        """Write an object if the condition (`If-None-Match`, `If-Match`) holds; 412 or 409 when it does not."""
        headers = {"Content-Type": media_type, **condition}
        return await self._ask("PUT", self._urls.sign("PUT", bucket, key, _OWN_URL), body=body, headers=headers)

    async def delete(self, bucket: str, key: str) -> Answer:
        """Delete an object; 204 also when there is none. The operator itself deletes nothing."""
        return await self._ask("DELETE", self._urls.sign("DELETE", bucket, key, _OWN_URL))

    def source_url(self, source: S3Source, version_id: str | None, expires: timedelta) -> str:
        """Return the URL a pod reads the source from: of the version that was looked at, when there are versions."""
        version = source.version_id or version_id
        return self._urls.sign("GET", source.bucket, source.key, expires, version_id=version, for_pod=True)

    def upload_urls(self, bucket: str, path: str, names: Iterable[str], expires: timedelta) -> dict[str, str]:
        """Return the URLs a pod may write to, by artifact name."""
        return {name: self._urls.sign("PUT", bucket, f"{path}/{name}", expires, for_pod=True) for name in names}

    async def _head(self, bucket: str, key: str, version_id: str | None) -> Answer:
        # In the query, since a presigned request may carry no header of Amazon's that was not signed.
        checksum = {"x-amz-checksum-mode": "ENABLED"}
        url = self._urls.sign("HEAD", bucket, key, _OWN_URL, version_id=version_id, query=checksum)
        answer = await self._ask("HEAD", url)
        if answer.status == 200:
            return answer
        # An answer to HEAD has no body, and only the body tells a missing key from a missing bucket or user.
        url = self._urls.sign("GET", bucket, key, _OWN_URL, version_id=version_id)
        why = await self._ask("GET", url, headers={"Range": "bytes=0-0"})
        return answer if why.status in (200, 206, 416) else why

    async def _ask(
        self,
        method: Literal["HEAD", "GET", "PUT", "DELETE"],
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        most_bytes: int = _ERROR_BYTES,
    ) -> Answer:
        tries = AsyncRetrying(
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(multiplier=0.3, max=1),
            retry=retry_if_exception_type((aiohttp.ClientError, TimeoutError, _ServerError)),
            reraise=True,
        )
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer: Answer = await tries(self._once, method, url, body, headers or {}, most_bytes)
        except (aiohttp.ClientError, TimeoutError, _ServerError) as error:
            metrics.STORE_REQUESTS.labels(method, "0").inc()
            where = URL(url, encoded=True)
            message = f"the object store at {where.origin()} {_problem(error)} ({method} {where.path})."
            raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message) from None  # its text may hold the signed URL
        metrics.STORE_REQUESTS.labels(method, str(answer.status)).inc()
        return answer

    async def _once(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], most_bytes: int
    ) -> Answer:
        assert self._session is not None, "use `async with`"
        request = self._session.request(
            method, URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
        )
        async with request as response:
            content = bytearray()
            if method != "HEAD":
                async for chunk in response.content.iter_chunked(65_536):
                    content += chunk
                    if len(content) > most_bytes:
                        break
            code = _CODE.search(content, 0, _ERROR_BYTES) if response.status >= 300 else None
            word = code[1].decode("utf-8", "replace") if code else ""
            answer = Answer(response.status, response.headers, bytes(content), word)
        if (answer.status >= 500 and answer.status != 501) or answer.status in (408, 429):
            raise _ServerError(f"answers HTTP {answer.status}{answer.code and f' {answer.code}'}")
        return answer


class _ServerError(Exception):
    """An answer that may be another one later."""


def refusal(answer: Answer, bucket: str, key: str, version_id: str | None = None) -> Failure:
    """Say in words why an object cannot be read."""
    uri = f"s3://{bucket}/{key}"
    said = f"HTTP {answer.status}{answer.code and f' {answer.code}'}"
    if answer.code == "NoSuchBucket":
        message, hint = f"{uri}: there is no bucket {bucket} ({said}).", "Check spec.source.s3.bucket, or create it."
        return Failure.of(RunFailure(FailureReason.INPUT_NOT_FOUND, message, hint=hint))
    if answer.code in _NOT_KNOWN:
        message = f"{uri}: the store does not take the operator's credentials ({said})."
        hint = "Check the Secret with the operator's S3 credentials, and the clock of its node."
        return Failure.of(RunFailure(FailureReason.ACCESS_DENIED, message, hint=hint))
    if version_id and (answer.status in (400, 404) or answer.code in _GONE):
        message, hint = (
            f"{uri} has no version {version_id} ({said}).",
            "Check spec.source.s3.versionId, or leave it out.",
        )
        return Failure.of(RunFailure(FailureReason.INPUT_NOT_FOUND, message, hint=hint))
    if answer.status in (404, 410) or answer.code in _GONE:
        message = f"there is no object {key} in the bucket {bucket} ({said})."
        hint = "Check spec.source.s3.key (no leading /), and that the upload has ended."
        return Failure.of(RunFailure(FailureReason.INPUT_NOT_FOUND, message, hint=hint))
    if answer.status in (301, 302, 307, 308):
        message = f"{uri}: the store says the bucket is elsewhere ({said})."
        hint = "Check the region and the endpoint in the operator's settings."
        return Failure.of(RunFailure(FailureReason.ACCESS_DENIED, message, hint=hint))
    message = f"{uri}: the operator may not read it ({said})."
    hint = "Let the operator's S3 user read and list the bucket; where it may not list, a missing key looks the same."
    return Failure.of(RunFailure(FailureReason.ACCESS_DENIED, message, hint=hint))


def _sha256(headers: Mapping[str, str]) -> str | None:
    """Return the checksum the store itself verified at the upload; what a client wrote into metadata proves nothing."""
    if headers.get("x-amz-checksum-type", "FULL_OBJECT") != "FULL_OBJECT":
        return None  # a checksum of the parts' checksums
    try:
        digest = base64.b64decode(headers.get("x-amz-checksum-sha256", ""), validate=True)
    except binascii.Error:
        return None
    return digest.hex() if len(digest) == 32 else None


def _problem(error: Exception) -> str:
    match error:
        case _ServerError():
            return str(error)
        case TimeoutError():
            return "does not answer in time"
        case aiohttp.ClientConnectorCertificateError():
            return "has a certificate that is not trusted; name its authority in the operator's settings"
        case aiohttp.ClientConnectorDNSError():
            return "has a host name that cannot be resolved"
        case aiohttp.ClientConnectorError():
            return f"refuses the connection ({error.os_error.strerror or type(error).__name__})"
        case _:
            return f"broke the connection off ({type(error).__name__})"
