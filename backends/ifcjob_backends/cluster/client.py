"""Requests to the API server with plain dicts, typed errors and retries; only the Lease uses the client's own calls.

It uses the client's connection and authentication without its typed objects, which cost more CPU than the rest of the
operator.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import aiohttp
import orjson
from kubernetes.aio import client, config
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_before_delay, wait_random_exponential
from yarl import URL

from ifcjob_backends.cluster.errors import (
    AlreadyExists,
    ClusterError,
    ClusterUnavailable,
    Conflict,
    Expired,
    NamespaceTerminating,
    NoCluster,
    NotFound,
    Refused,
)
from ifcjob_backends.cluster.objects import MERGE_PATCH, KubeObject
from ifcjob_backends.cluster.protocol import EventType
from ifcjob_backends.cluster.watch_events import watch_events

WATCH_SECONDS = 300
"""The server ends a watch after this time."""
QUIET_SECONDS = 150
"""A watch without bytes for this time is dead: the server sends a bookmark about once per minute."""


class _Busy(ClusterError):
    """No proper answer, 401, 429 or 5xx: to be retried."""


class _Expired(ClusterError):
    """410: the continue token of a list has expired."""

    def __init__(self, status: int, message: str, continue_at: str) -> None:
        super().__init__(status, message)
        self.continue_at = continue_at


class Connection:
    """Authenticated requests to one API server."""

    def __init__(
        self,
        *,
        retry_timeout: float = 60,
        request_timeout: float = 30,
        page_size: int = 500,
        on_request: Callable[[str, str, int], None] | None = None,
    ) -> None:
        """Call `on_request` with verb, resource and status code of every answer; 0 when there was none."""
        self._retry_timeout, self._request_timeout, self._page_size = retry_timeout, request_timeout, page_size
        self._on_request = on_request or (lambda *_: None)
        self._configuration = client.Configuration()
        self._api: client.ApiClient | None = None
        self._streams: aiohttp.ClientSession | None = None
        self.list_versions: dict[str, str] = {}
        """The resourceVersion of the last list of each path: a watch from there delivers every later change."""

    async def __aenter__(self) -> Self:
        """Read the kubeconfig that KUBECONFIG names, or else the service account's token."""
        try:
            if os.environ.get("KUBERNETES_SERVICE_HOST") and not os.environ.get("KUBECONFIG"):
                config.load_incluster_config(client_configuration=self._configuration)
            else:
                # The client itself reads the variable only when it is imported.
                await config.load_kube_config(os.environ.get("KUBECONFIG"), client_configuration=self._configuration)
            self._configuration.connection_pool_maxsize = 100
            # Otherwise aiohttp reads .netrc, in a thread, for every request.
            self._configuration.client_session_kwargs = {"trust_env": False}
            self._api = client.ApiClient(self._configuration)
        except Exception as error:  # for a file that is not a kubeconfig the client raises many kinds
            why = " ".join(str(error).split())
            why = why if isinstance(error, config.ConfigException) else f"the kubeconfig cannot be used: {why}"
            raise NoCluster(f"no API server is known: {why}; set KUBECONFIG, or run in a pod") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        if self._streams is not None:
            await self._streams.close()
        if self._api is not None:
            await self._api.close()

    @property
    def api_client(self) -> client.ApiClient:
        """Return the client itself, for its leader election."""
        assert self._api is not None, "use it as a context manager"
        return self._api

    @property
    def server(self) -> str:
        """Return the API server's URL."""
        return str(self._configuration.host)

    async def authorization(self) -> dict[str, str]:
        """Return the Authorization header; the service account's token is re-read when it is rotated."""
        token = await self._configuration.get_api_key_with_prefix("BearerToken", alias="authorization")
        return {"Authorization": token} if token else {}

    def ssl_context(self) -> ssl.SSLContext:
        """Return a TLS context with the cluster's CA and the client certificate, if any."""
        configuration = self._configuration
        context = ssl.create_default_context(cafile=configuration.ssl_ca_cert, cadata=configuration.ca_cert_data)
        if configuration.cert_file:
            context.load_cert_chain(configuration.cert_file, keyfile=configuration.key_file)
        if not configuration.verify_ssl:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    async def pages(self, path: str, **query: str) -> AsyncIterator[KubeObject]:
        """Yield the items of a list, page by page; an item that changes meanwhile may be old or new."""
        continue_at = ""
        while True:
            page = query | {"limit": str(self._page_size)} | ({"continue": continue_at} if continue_at else {})
            try:
                answer = await self.ask("GET", f"{path}?{urlencode(page)}")
            except _Expired as error:
                # The server's token continues after the last item, with the present state.
                continue_at = error.continue_at
                continue
            if not continue_at:
                self.list_versions[path] = answer["metadata"]["resourceVersion"]
            for item in answer.get("items") or ():
                yield item
            continue_at = answer["metadata"].get("continue") or ""
            if not continue_at:
                return

    async def ask(
        self, method: str, path: str, body: KubeObject | None = None, content_type: str = MERGE_PATCH
    ) -> KubeObject:
        """Send a request, with retries; safe for creates too, because every name is chosen beforehand.

        `content_type` is that of a PATCH.
        """
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(_Busy),
                wait=_wait,
                stop=stop_before_delay(self._retry_timeout),
                reraise=True,
            ):
                with attempt:
                    return await self._request(method, path, body, content_type)
        except _Busy as error:
            raise ClusterUnavailable(error.status, error.message) from error
        raise AssertionError("unreachable")

    async def watch(
        self, path: str, resource_version: str, **query: str
    ) -> AsyncGenerator[tuple[EventType, KubeObject], None]:
        """Yield changes after a resourceVersion, until the server ends the watch; Expired: list again."""
        options = {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": str(WATCH_SECONDS)}
        chunks = self._chunks(path, options | query | {"resourceVersion": resource_version}, QUIET_SECONDS)
        async for event in watch_events(chunks):
            yield event

    def stream(self, path: str, **query: str) -> AsyncIterator[bytes]:
        """Yield the chunks of an answer that is not JSON, such as a pod's log."""
        return self._chunks(path, query, None)

    async def _chunks(self, path: str, query: dict[str, str], quiet_seconds: float | None) -> AsyncIterator[bytes]:
        """Yield the body as it arrives. Nothing is retried: the caller knows where to continue."""
        if self._streams is None:
            connector = aiohttp.TCPConnector(limit=0, ssl=self.ssl_context())
            self._streams = aiohttp.ClientSession(connector=connector, trust_env=False, read_bufsize=2**20)
        url = self._configuration.host + path + (f"?{urlencode(query)}" if query else "")
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=quiet_seconds)
        resource = _resource(path)
        try:
            async with asyncio.timeout(self._request_timeout):
                response = await self._streams.get(
                    URL(url, encoded=True), headers=await self.authorization(), timeout=timeout
                )
            async with response:
                self._on_request("GET", resource, response.status)
                if response.status >= 300:
                    raise _stream_error(response.status, await response.read())
                async for chunk in response.content.iter_any():
                    yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._on_request("GET", resource, 0)
            raise ClusterUnavailable(0, f"the API server does not answer: {error!r}") from error

    async def _request(self, method: str, path: str, body: KubeObject | None, content_type: str) -> KubeObject:
        headers = {"Accept": "application/json"}
        if token := await self._configuration.get_api_key_with_prefix("BearerToken", alias="authorization"):
            headers["Authorization"] = token
        if method == "PATCH":
            headers["Content-Type"] = content_type
        url = self._configuration.host + path
        timeout = aiohttp.ClientTimeout(total=self._request_timeout, connect=5)
        resource = _resource(path)
        try:
            response = await self.api_client.call_api(method, url, headers, body, _request_timeout=timeout)
            text = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._on_request(method, resource, 0)
            raise _Busy(0, f"the API server does not answer: {error!r}") from error
        self._on_request(method, resource, response.status)
        if response.status >= 300:
            raise _error(method, response.status, text, response.getheader("Retry-After"))
        try:
            return orjson.loads(text)  # type: ignore[no-any-return]
        except orjson.JSONDecodeError as error:
            raise _Busy(0, f"the answer is not from an API server: {text[:100]!r}") from error


def _resource(path: str) -> str:
    """Return a path's resource for a metric label: `jobs`, or `ifcjobs/status`."""
    words = path.partition("?")[0].removeprefix("/apis/").removeprefix("/api/").split("/")
    words = words[1:] if words[0] == "v1" else words[2:] or words[-1:]
    words = words[2:] if words[0] == "namespaces" and len(words) > 2 else words
    return words[0] + (f"/{words[2]}" if len(words) > 2 else "")


def _error(method: str, status: int, text: bytes, retry_after: str | None) -> ClusterError:
    try:
        answer = orjson.loads(text)
        message = str(answer.get("message") or answer)
        reason = answer.get("reason")
    except (orjson.JSONDecodeError, AttributeError):
        answer, message, reason = {}, text[:500].decode(errors="replace"), None
    if status == 410 and (continue_at := (answer.get("metadata") or {}).get("continue")):
        return _Expired(status, message, continue_at)
    if status == 404:
        return NotFound(status, message)
    if status == 409:
        return (
            AlreadyExists(status, message)
            if method == "POST" and reason == "AlreadyExists"
            else Conflict(status, message)
        )
    # 401: the token was just rotated, or the API server cannot look up the account while etcd is down.
    if status in (401, 429) or status >= 500:
        return _Busy(status, message, float(retry_after) if retry_after and retry_after.isdecimal() else 0)
    causes = (answer.get("details") or {}).get("causes") or ()
    if status == 403 and any(cause.get("reason") == "NamespaceTerminating" for cause in causes):
        return NamespaceTerminating(status, message)
    return Refused(status, message)


def _stream_error(status: int, text: bytes) -> ClusterError:
    error = _error("GET", status, text, None)
    if status == 410:
        return Expired(status, error.message)
    return ClusterUnavailable(status, error.message) if isinstance(error, _Busy) else error


_exponential = wait_random_exponential(multiplier=0.1, max=5)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return max(_exponential(state), getattr(error, "retry_after", 0))
