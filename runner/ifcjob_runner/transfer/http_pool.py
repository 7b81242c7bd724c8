"""HTTP requests: timeouts, retries, redirects, proxies, and the failure for each network error.

Presigned URLs are secrets: messages show a URL without its query string and credentials, and never quote urllib3's own
summary, which contains the whole URL. urllib3 and proxy are imported on first use: a run on local files needs neither.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ifcjob.failures import FailureReason, RunFailure

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager, Retry

RETRIES = 4
MAX_REDIRECTS = 5
RETRY_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
_S3_ERROR = re.compile(rb"<Code>([^<]{1,100})</Code>(?:\s*<Message>([^<]{0,300})</Message>)?")
_EXPIRED = re.compile("ExpiredToken|[Rr]equest has expired|RequestTimeTooSkewed")
"""As AWS, MinIO, Ceph and versitygw say it; Google says ExpiredToken."""


@dataclass(frozen=True)
class Timing:
    """How long a request waits."""

    connect_seconds: float = 10.0
    """For a connection."""
    read_seconds: float = 60.0
    """For the next bytes, not for the whole transfer."""
    backoff_seconds: float = 0.5
    """Before the second retry; doubled for each further one."""


TIMING = Timing()


def is_http(uri: str) -> bool:
    """Tell whether `uri` is fetched or uploaded over HTTP."""
    return uri[:8].lower().startswith(("http://", "https://"))


def public_url(url: str) -> str:
    """Return the URL without credentials, query string and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise RunFailure(FailureReason.INVALID_REQUEST, f"A URL of the request is malformed: {error}.") from error
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


@contextmanager
def request(
    method: str,
    url: str,
    *,
    body: IO[bytes] | bytes | None = None,
    headers: dict[str, str] | None = None,
    redirects: int = 0,
    timing: Timing = TIMING,
) -> Iterator["BaseHTTPResponse"]:
    """Yield the unread response; retry temporary errors, and raise RunFailure for every network error.

    The response may have any status: the caller decides what 403 means. A redirect takes the proxy of the first URL.
    """
    from urllib3 import Timeout, exceptions  # see the module docstring

    from ifcjob.proxy import proxy_of

    try:
        response = _pool(proxy_of(url)).request(
            method,
            url,
            body=body,
            headers=_headers(url) | (headers or {}),
            preload_content=False,
            decode_content=False,
            redirect=redirects > 0,
            retries=_retries(redirects, timing),
            timeout=Timeout(connect=timing.connect_seconds, read=timing.read_seconds),
        )
        try:
            yield response
        finally:
            response.close()
    except exceptions.HTTPError as error:
        raise _failure(public_url(url), error, timing) from None  # its text contains the whole URL


def _retries(redirects: int, timing: Timing) -> "Retry":
    from urllib3 import Retry  # see the module docstring

    return Retry(
        total=None,
        connect=RETRIES,
        read=2,
        status=RETRIES,
        other=0,
        redirect=redirects,
        status_forcelist=RETRY_STATUSES,
        backoff_factor=timing.backoff_seconds,
        raise_on_status=False,
        retry_after_max=30,
    )


def status_of(response: "BaseHTTPResponse") -> str:
    """Describe an error response, with the object store's own error code."""
    text = f"HTTP {response.status}"
    if match := _S3_ERROR.search(response.read(8192, decode_content=True) or b""):
        text += ": " + b" ".join(part for part in match.groups() if part).decode("utf-8", "replace")
    return text


def refuse_expired(uri: str, status: str) -> None:
    """Raise a RunFailure that new URLs can heal, if the `status_of` a response says that its URL has ended."""
    if _EXPIRED.search(status):
        hint = (
            "The URL, or the session it was signed with, has ended: get a new URL, and compare the clocks if it is new."
        )
        raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, f"{uri} answers {status}.", hint=hint)


def trust(certificates: str) -> None:
    """Trust further certificate authorities, in PEM, from now on."""
    import ssl  # see the module docstring

    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cadata=certificates)
    except (ssl.SSLError, ValueError) as error:
        message = f"trustedCertificates are not certificates in PEM ({_short(error)})."
        raise RunFailure(FailureReason.INVALID_REQUEST, message) from error
    _tls["ssl_context"] = context
    _pool.cache_clear()


_tls: dict[str, Any] = {}
"""The option `ssl_context` of pools that trust further authorities."""


@cache
def _pool(proxy: str | None) -> "PoolManager":
    from urllib3 import PoolManager, ProxyManager  # see the module docstring
    from urllib3.util import make_headers

    from ifcjob.proxy import login_of

    # Its warnings about retries contain the whole URL.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    if proxy is None:
        return PoolManager(maxsize=4, **_tls)
    return ProxyManager(proxy, proxy_headers=make_headers(proxy_basic_auth=login_of(proxy)), maxsize=4, **_tls)


def _headers(url: str) -> dict[str, str]:
    # identity: the checksum and the size limit apply to the object's own bytes.
    headers = {"Accept-Encoding": "identity", "User-Agent": "ifcjob"}
    from ifcjob.proxy import login_of  # see the module docstring

    if login := login_of(url):
        from urllib3.util import make_headers  # see the module docstring

        headers |= {name.title(): value for name, value in make_headers(basic_auth=login).items()}
    return headers


def _failure(url: str, error: Exception, timing: Timing) -> RunFailure:
    from urllib3 import exceptions  # see the module docstring

    cause = error.reason if isinstance(error, exceptions.MaxRetryError) and error.reason else error
    match cause:
        case exceptions.LocationValueError():
            message = f"{url} is, or redirects to, something that is not an http(s) URL."
            return RunFailure(FailureReason.INVALID_REQUEST, message)
        case exceptions.ResponseError():
            message = f"{url} redirects more than {MAX_REDIRECTS} times."
            return RunFailure(FailureReason.INPUT_NOT_FOUND, message)
        # From the special to the general: each of the first three is a subclass of the next.
        case exceptions.NameResolutionError():
            problem = "has a host name that cannot be resolved"
        case exceptions.NewConnectionError():
            problem = "refuses the connection"
        case exceptions.ConnectTimeoutError():
            problem = f"does not accept a connection within {timing.connect_seconds:g} s"
        case exceptions.TimeoutError():
            problem = f"sent nothing for {timing.read_seconds:g} s"
        case exceptions.ProxyError():
            problem = f"cannot be reached through the proxy ({_short(cause.original_error)})"
        case exceptions.SSLError():
            problem = f"has a TLS problem ({_short(cause)})"
        case _:
            problem = f"closed the connection ({_short(cause)})"
    return RunFailure(FailureReason.STORAGE_UNAVAILABLE, f"{url} {problem}.")


def _short(error: BaseException) -> str:
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__
