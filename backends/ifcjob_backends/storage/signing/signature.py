"""Signature version 4 of a URL with signed headers; minio signs the host only.

A signed Content-Length makes the store refuse a body of another size.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from minio.credentials.credentials import Credentials


@dataclass(frozen=True)
class RequestToSign:
    """The parts of a request that the signature covers."""

    method: str
    endpoint: str
    """Scheme and host, such as `https://s3.example.com`."""
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Headers besides Host, with lower-case names."""


def signed_url(request: RequestToSign, credentials: Credentials, region: str, expires: timedelta) -> str:
    """Return the URL, which holds for `expires` from now."""
    now = datetime.now(UTC)
    scope = f"{now:%Y%m%d}/{region}/s3/aws4_request"
    headers = {"host": urlsplit(request.endpoint).netloc, **request.headers}
    signed_headers = ";".join(sorted(headers))
    query = {
        **request.query,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{credentials.access_key}/{scope}",
        "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": str(int(expires.total_seconds())),
        "X-Amz-SignedHeaders": signed_headers,
    }
    if credentials.session_token:
        query["X-Amz-Security-Token"] = credentials.session_token
    path = quote(request.path, safe="/-_.~")
    canonical_query = "&".join(f"{_encoded(name)}={_encoded(query[name])}" for name in sorted(query))
    canonical_headers = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request_text = f"{request.method}\n{path}\n{canonical_query}\n{canonical_headers}\n{signed_headers}"
    canonical = f"{request_text}\nUNSIGNED-PAYLOAD"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", query["X-Amz-Date"], scope, digest))
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return f"{request.endpoint}{path}?{canonical_query}&X-Amz-Signature={signature}"


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")
