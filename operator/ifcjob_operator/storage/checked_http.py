"""Requests to web servers that users name: to allowed hosts at allowed addresses only, and without redirects.

A host is checked against the administrator's list, and every address to which its name resolves; the connection goes to
these addresses only. With a proxy, the proxy resolves the name, so its rules decide about addresses.
"""

import socket
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client import _RequestContextManager
from yarl import URL

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.proxy import proxy_of
from ifcjob_backends.tls import client_tls
from ifcjob_operator.storage.url_policy import WebPolicy


class CheckedHttp:
    """The web servers that the settings allow. Use as an async context manager."""

    def __init__(self, policy: WebPolicy, ca_file: Path | None = None, *, answer_seconds: float = 10.0) -> None:
        """Limit each request to `answer_seconds`."""
        self.policy = policy
        self._answer_seconds = answer_seconds
        self._tls = client_tls(ca_file)
        self._direct: aiohttp.ClientSession | None = None
        self._proxied: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._direct = self._open(_CheckedResolver(self.policy))
        # The proxy may be at an address that users' URLs must not have.
        self._proxied = self._open(aiohttp.ThreadedResolver())
        return self

    def _open(self, resolver: AbstractResolver) -> aiohttp.ClientSession:
        # No DNS cache and no connection reuse: each request connects to addresses checked for it.
        connector = aiohttp.TCPConnector(
            limit=32, ssl=self._tls, resolver=resolver, use_dns_cache=False, force_close=True
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=self._answer_seconds, sock_connect=5),
            headers={"User-Agent": "ifcjob-operator", "Accept-Encoding": "identity"},
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._direct, self._proxied):
            if session is not None:
                await session.close()

    def request(self, method: str, url: URL, **options: Any) -> _RequestContextManager:
        """Send a request; the caller has checked the URL with the policy. Raises RunFailure for a refused address."""
        proxy = proxy_of(str(url))
        session = self._direct if proxy is None else self._proxied
        assert session is not None, "use `async with`"
        return session.request(method, url, allow_redirects=False, proxy=proxy, **options)


class _CheckedResolver(AbstractResolver):
    """Resolves a name, and refuses it when one of its addresses is refused."""

    def __init__(self, policy: WebPolicy) -> None:
        self._policy = policy
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._system.resolve(host, port, family)
        for address in addresses:
            if self._policy.is_refused(ip_address(address["host"])):
                message = f"{host} resolves to {address['host']}, an address that sources must not have."
                raise RunFailure(FailureReason.ACCESS_DENIED, message, hint="Use a server outside the cluster.")
        return addresses

    async def close(self) -> None:
        await self._system.close()
