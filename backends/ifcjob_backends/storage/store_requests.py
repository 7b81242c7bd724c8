"""Requests to an object store, by presigned URL: with retries, and with errors as failures.

A store that does not answer is retried for a few seconds only, since callers retry later.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from yarl import URL

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.proxy import proxy_of
from ifcjob_backends.storage.client_errors import describe
from ifcjob_backends.storage.signing.credentials import credentials_of
from ifcjob_backends.storage.signing.options import StoreOptions
from ifcjob_backends.storage.signing.presign import StoreUrls
from ifcjob_backends.tls import client_tls

TRIES = 3
ERROR_BYTES = 16_384
CHUNK = 65_536
READ_SECONDS = 10.0
_CODE = re.compile(rb"<Code>([^<]{1,100})</Code>")


@dataclass(frozen=True)
class Answer:
    """An answer of the store."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    """Cut just above the maximum size."""
    code: str = ""
    """The store's error code, such as NoSuchKey."""

    @property
    def etag(self) -> str:
        """The ETag, with its quotes."""
        return self.headers.get("ETag", "")


class StoreRefusal(Exception):
    """An answer that is not the content."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status} {answer.code}")
        self.answer = answer


class StoreRequests:
    """The connections to one store. Use as an async context manager; entering it sends no request."""

    def __init__(
        self,
        ca_file: Path | None,
        user_agent: str,
        *,
        answer_seconds: float = 15.0,
        on_request: Callable[[str, int], None] | None = None,
    ) -> None:
        """Limit a request, with all its tries, to `answer_seconds`.

        Call `on_request` with method and status code of every answer; 0 when there was none.
        """
        self._on_request = on_request or (lambda *_: None)
        self._answer_seconds = answer_seconds
        self._user_agent = user_agent
        self._tls = client_tls(ca_file)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=64, ssl=self._tls),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=READ_SECONDS),
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "identity"},
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        most_bytes: int = ERROR_BYTES,
        answer_seconds: float | None = None,
    ) -> Answer:
        """Send a small request, again if that may help; RunFailure when the store is unavailable.

        `answer_seconds` replaces the limit for a request that takes a store long.
        """
        seconds = answer_seconds or self._answer_seconds
        tries = AsyncRetrying(
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(multiplier=0.3, max=1),
            retry=retry_if_exception_type((aiohttp.ClientError, TimeoutError, _ServerError)),
            reraise=True,
        )
        try:
            async with asyncio.timeout(seconds):
                answer: Answer = await tries(self._once, method, url, body, headers or {}, most_bytes, answer_seconds)
        except (aiohttp.ClientError, TimeoutError, _ServerError) as error:
            raise self._unavailable(method, url, error) from None  # its text may contain the signed URL
        self._on_request(method, answer.status)
        return answer

    async def send(self, method: str, url: str, size: int, content: AsyncIterator[bytes]) -> Answer:
        """Send exactly `size` bytes as they arrive, once; an error of `content` is raised as it is."""
        source = _Body(content)
        try:
            headers = {"Content-Length": str(size)}
            answer = await self._once(method, url, source.chunks(), headers, ERROR_BYTES, self._answer_seconds)
        except (aiohttp.ClientError, TimeoutError, _ServerError) as error:
            if source.error is not None:
                raise source.error from None
            raise self._unavailable(method, url, error) from None
        self._on_request(method, answer.status)
        return answer

    async def receive(self, url: str, headers: Mapping[str, str], chunk_bytes: int) -> AsyncGenerator[bytes]:
        """Send a GET and yield the chunks of its answer; raises StoreRefusal for another status than 200 and 206."""
        assert self._session is not None, "use `async with`"
        try:
            request = self._session.get(
                URL(url, encoded=True), headers=headers, allow_redirects=False, proxy=proxy_of(url)
            )
            async with request as response:
                if response.status not in (200, 206):
                    raise StoreRefusal(await _answer(response, ERROR_BYTES))
                async for chunk in response.content.iter_chunked(chunk_bytes):
                    yield chunk
        except (aiohttp.ClientError, TimeoutError, _ServerError) as error:
            raise self._unavailable("GET", url, error) from None

    async def _once(
        self,
        method: str,
        url: str,
        body: bytes | AsyncIterator[bytes] | None,
        headers: Mapping[str, str],
        most_bytes: int,
        read_seconds: float | None,
    ) -> Answer:
        assert self._session is not None, "use `async with`"
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=read_seconds or READ_SECONDS)
        target = URL(url, encoded=True)
        request = self._session.request(
            method, target, data=body, headers=headers, allow_redirects=False, timeout=timeout, proxy=proxy_of(url)
        )
        async with request as response:
            return await _answer(response, most_bytes)

    def _unavailable(self, method: str, url: str, error: Exception) -> RunFailure:
        self._on_request(method, 0)
        target = URL(url, encoded=True)
        problem = str(error) if isinstance(error, _ServerError) else describe(error)
        message = f"the object store at {target.origin()} {problem} ({method} {target.path})."
        return RunFailure(FailureReason.STORAGE_UNAVAILABLE, message)


class StoreConnection:
    """One S3 server. Use as an async context manager; entering it sends no request to the server."""

    def __init__(
        self,
        options: StoreOptions,
        user_agent: str,
        *,
        answer_seconds: float = 15.0,
        on_request: Callable[[str, int], None] | None = None,
    ) -> None:
        """Take the arguments of StoreRequests."""
        self._requests = StoreRequests(
            options.ca_file, user_agent, answer_seconds=answer_seconds, on_request=on_request
        )
        self._credentials = credentials_of(options)
        self._urls = StoreUrls(options, self._credentials)

    def url_lifetime(self, expires: timedelta) -> timedelta:
        """Return how long a URL is valid that is signed now for `expires`: less when the session ends earlier."""
        return self._urls.lifetime(expires)

    async def __aenter__(self) -> Self:
        await self._credentials.__aenter__()
        await self._requests.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._credentials.__aexit__()
        await self._requests.__aexit__(kind, error, trace)


class _Body:
    """Passes a body on, and keeps the reason why it ended early."""

    def __init__(self, content: AsyncIterator[bytes]) -> None:
        self._content = content
        self.error: Exception | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._content:
                yield chunk
        except Exception as error:
            self.error = error
            raise


class _ServerError(Exception):
    """A status that a retry may change."""


async def _answer(response: aiohttp.ClientResponse, most_bytes: int) -> Answer:
    content = bytearray()
    if response.method != "HEAD":
        async for chunk in response.content.iter_chunked(CHUNK):
            content += chunk
            if len(content) > most_bytes:
                break
    code = _CODE.search(content, 0, ERROR_BYTES) if response.status >= 300 else None
    error_code = code[1].decode("utf-8", "replace") if code else ""
    answer = Answer(response.status, response.headers, bytes(content), error_code)
    if (answer.status >= 500 and answer.status != 501) or answer.status in (408, 429):
        raise _ServerError(f"answers HTTP {answer.status}{answer.code and f' {answer.code}'}")
    return answer
