"""Files on web servers: looks at them, and follows redirects here, so that the pod has one checked URL to read.

Every hop is checked twice: its host against the administrator's list, and every address its name resolves to; the
operator then connects to these addresses and no others. The pod resolves the name once more, with nobody watching: a
name server that changes its mind in between can still lead the pod astray. A NetworkPolicy that keeps runner pods from
the cluster's own networks closes that.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.report import Failure
from ifcjob.resource import HttpSource
from ifcjob.status import ObservedInput
from ifcjob_operator.storage.url_policy import WebPolicy

ANSWER_SECONDS = 10.0
"""The longest one look may take, redirects included."""
MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_NOT_NOW = (408, 425, 429)
_LONGEST_URL = 8000
_WELL_FORMED = re.compile(r"[!#-;=?-\[\]_a-z~]+")
"""Printable ASCII but `"<>\\^`{|}`."""
_ASK_ADMIN = "Ask the administrator to allow the host in the operator's settings, or put the file in the object store."


@dataclass(frozen=True)
class Place:
    """Where a source really is."""

    url: str
    """After all redirects; to be read without following any."""
    public_url: str
    """As the user named it, without the query, which may hold a token."""
    name: str | None
    """The file's name, as far as the URL tells."""


class WebSources:
    """The web servers that sources may name. Use as an async context manager."""

    def __init__(self, policy: WebPolicy, ca_file: Path | None = None) -> None:
        self._policy = policy
        self._tls = ssl.create_default_context()
        if ca_file is not None:
            self._tls.load_verify_locations(ca_file)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        resolver = _CheckedResolver(self._policy)
        # No cache and no kept connection: each request is about addresses that were checked for it.
        connector = aiohttp.TCPConnector(
            limit=32, ssl=self._tls, resolver=resolver, use_dns_cache=False, force_close=True
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=5),
            headers={"User-Agent": "ifcjob-operator", "Accept-Encoding": "identity"},
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def head(self, source: HttpSource) -> ObservedInput | Failure:
        """Look at a file without reading it."""
        try:
            _, status, headers = await self._follow(source)
        except RunFailure as failure:
            return Failure.of(failure)
        etag = headers.get("ETag", "")
        return ObservedInput(
            uri=_public(_url(source.url)),
            bytes=_size(status, headers),
            # A weak one may stand for different bytes. And without its query a URL does not name the file alone.
            etag=None if etag.startswith("W/") or _url(source.url).raw_query_string else etag.strip('"')[:256] or None,
        )

    async def locate(self, source: HttpSource) -> Place | Failure:
        """Return the URL that a pod may read, as of now."""
        try:
            last, _, _ = await self._follow(source)
        except RunFailure as failure:
            return Failure.of(failure)
        asked = _url(source.url)
        return Place(str(last), _public(asked), asked.name or last.name or None)

    async def _follow(self, source: HttpSource) -> tuple[URL, int, Mapping[str, str]]:
        url = _url(source.url)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                for _ in range(MAX_REDIRECTS + 1):
                    status, headers = await self._look(url)
                    if status not in _REDIRECTS or "Location" not in headers:
                        return url, _welcome(url, status), headers
                    url = url.join(_url(headers["Location"]))
        except (aiohttp.ClientError, TimeoutError) as error:
            message = f"{_public(url)} {_problem(error)}."
            hint = "Check the server; the job is tried again by itself."
            raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message, hint=hint) from None
        message = f"{_public(_url(source.url))} redirects more than {MAX_REDIRECTS} times."
        raise RunFailure(FailureReason.INPUT_NOT_FOUND, message, hint="Name the URL the file is at.")

    async def _look(self, url: URL) -> tuple[int, Mapping[str, str]]:
        if why := self._policy.refusal(url):
            raise RunFailure(FailureReason.ACCESS_DENIED, f"{_public(url)} {why}.", hint=_ASK_ADMIN)
        if len(str(url)) > _LONGEST_URL:
            raise RunFailure(FailureReason.INVALID_REQUEST, f"{_public(url)} leads to a URL that is too long.")
        status, headers = await self._ask("HEAD", url)
        if (400 <= status < 500 and status not in _NOT_NOW) or status == 501:
            # Some servers know no HEAD, and a presigned URL is for GET only.
            status, headers = await self._ask("GET", url)
        return status, headers

    async def _ask(self, method: str, url: URL) -> tuple[int, Mapping[str, str]]:
        assert self._session is not None, "use `async with`"
        headers = {"Range": "bytes=0-0"} if method == "GET" else {}
        async with self._session.request(method, url, headers=headers, allow_redirects=False) as response:
            return response.status, response.headers


class _CheckedResolver(AbstractResolver):
    """Resolves a name, and refuses it if one of its addresses is out of bounds."""

    def __init__(self, policy: WebPolicy) -> None:
        self._policy = policy
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._system.resolve(host, port, family)
        for each in found:
            if self._policy.is_refused(ip_address(each["host"])):
                message = f"{host} resolves to {each['host']}, an address no source may have."
                raise RunFailure(FailureReason.ACCESS_DENIED, message, hint="Name a server outside the cluster.")
        return found

    async def close(self) -> None:
        await self._system.close()


def _url(text: str) -> URL:
    try:
        # What is well-formed stays as it is to the byte: it may be signed.
        return URL(text, encoded=_WELL_FORMED.fullmatch(text) is not None).with_fragment(None)
    except ValueError as error:
        message = "spec.source.http.url, or where it leads to, is malformed."
        raise RunFailure(FailureReason.INVALID_REQUEST, message, hint="Write https://host/path.") from error


def _public(url: URL) -> str:
    return str(url.with_user(None).with_query(None) if url.absolute else url.with_query(None))[:2048]


def _welcome(url: URL, status: int) -> int:
    """Return the status of a file that can be read; RunFailure for any other."""
    if status in (200, 203, 206, 416):  # 416: there is not even a first byte
        return status
    message = f"{_public(url)} answers HTTP {status}."
    if status in (404, 410):
        raise RunFailure(FailureReason.INPUT_NOT_FOUND, message, hint="Check spec.source.http.url.")
    if status >= 500 or status in _NOT_NOW:
        hint = "Check the server; the job is tried again by itself."
        raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message, hint=hint)
    hint = "The URL must need no login; a presigned URL may have expired."
    raise RunFailure(FailureReason.ACCESS_DENIED, message, hint=hint)


def _size(status: int, headers: Mapping[str, str]) -> int | None:
    whole = headers.get("Content-Length", "")
    if status in (206, 416):
        whole = headers.get("Content-Range", "").rpartition("/")[2]
    return int(whole) if whole.isdecimal() else None


def _problem(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "does not answer in time"
        case aiohttp.ClientConnectorCertificateError():
            return "has a certificate that is not trusted"
        case aiohttp.ClientConnectorDNSError():
            return "has a host name that cannot be resolved"
        case aiohttp.ClientConnectorError():
            return "refuses the connection"
        case _:
            return f"broke the connection off ({type(error).__name__})"
