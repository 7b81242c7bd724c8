"""Files on web servers: looks them up and follows redirects, so that the pod gets one checked URL.

Each hop is checked as checked_http.py describes. The pod resolves the name again, unchecked: a name server that changes
its answer in between can mislead the pod. A NetworkPolicy that keeps runner pods out of the cluster's networks prevents
that.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.report import Failure
from ifcjob.resource import HttpSource
from ifcjob.status import ObservedInput
from ifcjob_backends.storage.client_errors import describe
from ifcjob_operator.storage.checked_http import CheckedHttp
from ifcjob_operator.storage.url_policy import WebPolicy

MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_NOT_NOW = (408, 425, 429)
_LONGEST_URL = 8000
_WELL_FORMED = re.compile(r"[!#-;=?-\[\]_a-z~]+")
"""Printable ASCII but `"<>\\^`{|}`."""
_ASK_ADMIN = "Ask the administrator to allow the host in the operator's settings, or put the file in the object store."


@dataclass(frozen=True)
class Place:
    """The location of a source."""

    url: str
    """After all redirects; to be read without following further ones."""
    public_url: str
    """The user's URL without the query, which may contain a token."""
    name: str | None
    """The file's name according to the URL."""


class WebSources:
    """The web servers that sources may use. Use as an async context manager."""

    def __init__(self, policy: WebPolicy, ca_file: Path | None = None, *, answer_seconds: float = 10.0) -> None:
        """Limit each look-up, redirects included, to `answer_seconds`."""
        self._answer_seconds = answer_seconds
        self._http = CheckedHttp(policy, ca_file, answer_seconds=answer_seconds)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def head(self, source: HttpSource) -> ObservedInput | Failure:
        """Return a file's size and ETag without reading it."""
        try:
            _, status, headers = await self._follow(source)
        except RunFailure as failure:
            return Failure.of(failure)
        etag = headers.get("ETag", "")
        return ObservedInput(
            uri=_public(_url(source.url)),
            bytes=_size(status, headers),
            # A weak ETag may mean different bytes, and without its query a URL does not identify the file.
            etag=None if etag.startswith("W/") or _url(source.url).raw_query_string else etag.strip('"')[:256] or None,
        )

    async def locate(self, source: HttpSource) -> Place | Failure:
        """Return the URL from which a pod can read the file now."""
        try:
            last, _, _ = await self._follow(source)
        except RunFailure as failure:
            return Failure.of(failure)
        first = _url(source.url)
        return Place(str(last), _public(first), first.name or last.name or None)

    def as_given(self, source: HttpSource) -> Place | Failure:
        """Return the user's own URL without asking its server; a Failure when its host is not allowed."""
        try:
            url = self._allowed(_url(source.url))
        except RunFailure as failure:
            return Failure.of(failure)
        return Place(str(url), _public(url), url.name or None)

    async def _follow(self, source: HttpSource) -> tuple[URL, int, Mapping[str, str]]:
        url = _url(source.url)
        try:
            async with asyncio.timeout(self._answer_seconds):
                for _ in range(MAX_REDIRECTS + 1):
                    status, headers = await self._look(url)
                    if status not in _REDIRECTS or "Location" not in headers:
                        return url, _welcome(url, status), headers
                    url = url.join(_url(headers["Location"]))
        except (aiohttp.ClientError, TimeoutError) as error:
            message = f"{_public(url)} {describe(error)}."
            hint = "Check the server; the job is retried automatically."
            raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message, hint=hint) from None
        message = f"{_public(_url(source.url))} redirects more than {MAX_REDIRECTS} times."
        raise RunFailure(FailureReason.INPUT_NOT_FOUND, message, hint="Use the URL of the file itself.")

    async def _look(self, url: URL) -> tuple[int, Mapping[str, str]]:
        status, headers = await self._ask("HEAD", self._allowed(url))
        if (400 <= status < 500 and status not in _NOT_NOW) or status == 501:
            # Some servers do not support HEAD, and a presigned URL is for GET only.
            status, headers = await self._ask("GET", url)
        return status, headers

    def _allowed(self, url: URL) -> URL:
        if problem := self._http.policy.refusal(url):
            raise RunFailure(FailureReason.ACCESS_DENIED, f"{_public(url)} {problem}.", hint=_ASK_ADMIN)
        if len(str(url)) > _LONGEST_URL:
            raise RunFailure(FailureReason.INVALID_REQUEST, f"{_public(url)} redirects to a URL that is too long.")
        return url

    async def _ask(self, method: str, url: URL) -> tuple[int, Mapping[str, str]]:
        headers = {"Range": "bytes=0-0"} if method == "GET" else {}
        async with self._http.request(method, url, headers=headers) as response:
            return response.status, response.headers


def _url(text: str) -> URL:
    try:
        # A well-formed URL stays as it is, byte for byte: it may be signed.
        return URL(text, encoded=_WELL_FORMED.fullmatch(text) is not None).with_fragment(None)
    except ValueError as error:
        message = "spec.source.http.url, or a URL it redirects to, is malformed."
        raise RunFailure(FailureReason.INVALID_REQUEST, message, hint="Write https://host/path.") from error


def _public(url: URL) -> str:
    return str(url.with_user(None).with_query(None) if url.absolute else url.with_query(None))[:2048]


def _welcome(url: URL, status: int) -> int:
    """Return the status of a file that can be read; RunFailure for any other."""
    if status in (200, 203, 206, 416):  # 416: the file is empty
        return status
    message = f"{_public(url)} answers HTTP {status}."
    if status in (404, 410):
        raise RunFailure(FailureReason.INPUT_NOT_FOUND, message, hint="Check spec.source.http.url.")
    if status >= 500 or status in _NOT_NOW:
        hint = "Check the server; the job is retried automatically."
        raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message, hint=hint)
    hint = "The URL must need no login; a presigned URL may have expired."
    raise RunFailure(FailureReason.ACCESS_DENIED, message, hint=hint)


def _size(status: int, headers: Mapping[str, str]) -> int | None:
    whole = headers.get("Content-Length", "")
    if status in (206, 416):
        whole = headers.get("Content-Range", "").rpartition("/")[2]
    return int(whole) if whole.isdecimal() else None
