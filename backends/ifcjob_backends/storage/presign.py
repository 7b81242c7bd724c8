"""Presigned URLs, computed from the credentials without a request to the store."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from minio import Minio
from minio.credentials.credentials import Credentials
from minio.credentials.providers import Provider

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_backends.storage.signature import RequestToSign, signed_url

MAX_LIFETIME = timedelta(days=7)
"""Stores reject a URL with a longer lifetime."""


@dataclass(frozen=True)
class StoreOptions:
    """The store and the credentials for it."""

    endpoint: str
    """The endpoint of this program's requests, such as `https://s3.example.com`."""
    access_key_file: Path
    secret_key_file: Path
    session_token_file: Path | None = None
    """For temporary credentials; URLs expire with them, whatever their own lifetime."""
    pod_endpoint: str | None = None
    """The pods' endpoint; default: the same."""
    region: str = "us-east-1"
    ca_file: Path | None = None
    """Certificates to trust in addition to the system's, for this program's requests."""
    output_bucket: str | None = None
    """For IfcJobs that name no output."""


class StoreUrls:
    """Signs requests for this program's or the pods' endpoint."""

    def __init__(self, options: StoreOptions) -> None:
        provider = self._credentials = _FileCredentials(options)
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
        """Return a URL valid for `expires`, at most seven days; RunFailure when the SDK rejects the bucket or key."""
        client = self._pods if for_pod else self._own
        try:
            return client.get_presigned_url(
                method,
                bucket,
                key,
                min(expires, MAX_LIFETIME),
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
        return signed_url(request, self._credentials.retrieve(), self._region, min(expires, MAX_LIFETIME))


class _FileCredentials(Provider):
    """Reads the credentials from files, and re-reads changed ones: Secrets are rotated while the program runs."""

    def __init__(self, options: StoreOptions) -> None:
        files = (options.access_key_file, options.secret_key_file, options.session_token_file)
        self._files = [file for file in files if file is not None]
        self._seen: list[tuple[int, int]] = []
        self._credentials: Credentials | None = None

    def retrieve(self) -> Credentials:
        """Return the present credentials."""
        try:
            seen = [(stat.st_ino, stat.st_mtime_ns) for stat in map(os.stat, self._files)]
            if self._credentials is None or seen != self._seen:
                access, secret, *token = (file.read_text(encoding="utf-8").strip() for file in self._files)
                self._credentials, self._seen = Credentials(access, secret, token[0] if token else None), seen
        except (OSError, ValueError) as error:
            message = f"the credentials for the object store cannot be read: {error}."
            hint = "Check the Secret with the S3 credentials."
            raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message, hint=hint) from error
        return self._credentials


def _client(endpoint: str, region: str, provider: Provider) -> Minio:
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ValueError(f"{endpoint!r} is not an endpoint: write https://host or http://host:port")
    # With a region it never requests one from the store.
    client = Minio(parts.netloc, credentials=provider, secure=parts.scheme == "https", region=region)
    client.disable_virtual_style_endpoint()  # type: ignore[no-untyped-call]
    return client
