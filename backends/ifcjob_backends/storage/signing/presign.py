"""Presigned URLs, computed from the credentials without a request to the store."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from minio import Minio
from minio.credentials.providers import Provider

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_backends.storage.signing.credentials import CurrentCredentials
from ifcjob_backends.storage.signing.options import StoreOptions
from ifcjob_backends.storage.signing.signature import RequestToSign, signed_url

MAX_LIFETIME = timedelta(days=7)
"""Stores reject a URL with a longer lifetime."""


class StoreUrls:
    """Signs requests for this program's or the pods' endpoint."""

    def __init__(self, options: StoreOptions, credentials: CurrentCredentials) -> None:
        provider = self._credentials = credentials
        self._endpoint, self._region = options.endpoint.rstrip("/"), options.region
        self._own = _client(options.endpoint, options.region, provider)
        self._pods = _client(options.pod_endpoint or options.endpoint, options.region, provider)

    def sign(
        self,
        method: Literal["HEAD", "GET", "PUT", "DELETE"],
        bucket: str,
        key: str,
        expires: timedelta,
        *,
        version_id: str | None = None,
        query: Mapping[str, str] | None = None,
        for_pod: bool = False,
    ) -> str:
        """Return a URL valid for `expires`, at most seven days and the session's rest.

        RunFailure when the SDK rejects the bucket or key, or when there are no credentials.
        """
        client = self._pods if for_pod else self._own
        try:
            return client.get_presigned_url(
                method,
                bucket,
                key,
                self.lifetime(expires),
                version_id=version_id,
                extra_query_params=dict(query or {}),
            )
        except ValueError as error:
            message = f"s3://{bucket}/{key} cannot be addressed: {error}."
            raise RunFailure(FailureReason.INVALID_REQUEST, message, hint="Use another bucket or key.") from error

    def sign_headers(
        self,
        method: str,
        bucket: str,
        key: str,
        expires: timedelta,
        *,
        query: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Return a URL that is valid only for requests with these headers; an empty key addresses the bucket."""
        path = f"/{bucket}/{key}" if key else f"/{bucket}"
        request = RequestToSign(method, self._endpoint, path, query, headers or {})
        return signed_url(request, self._credentials.retrieve(), self._region, self.lifetime(expires))

    def lifetime(self, expires: timedelta) -> timedelta:
        """Return how long a URL can be valid that is signed now: as asked, but for stores and the session's rest."""
        expires_at = self._credentials.expires_at
        rest = expires_at - datetime.now(UTC) if expires_at else MAX_LIFETIME
        return max(min(expires, MAX_LIFETIME, rest), timedelta(seconds=1))


def _client(endpoint: str, region: str, provider: Provider) -> Minio:
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ValueError(f"{endpoint!r} is not an endpoint: write https://host or http://host:port")
    # With a region it never requests one from the store.
    client = Minio(parts.netloc, credentials=provider, secure=parts.scheme == "https", region=region)
    client.disable_virtual_style_endpoint()  # type: ignore[no-untyped-call]
    return client
