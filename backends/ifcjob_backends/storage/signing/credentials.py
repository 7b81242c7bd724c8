"""The present credentials of a store: from files, or of a session that is renewed before it ends."""

import asyncio
import os
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import structlog
import urllib3
from minio.credentials.credentials import Credentials
from minio.credentials.providers import IamAwsProvider, Provider, WebIdentityProvider

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.proxy import login_of, proxy_of
from ifcjob_backends.storage.signing.options import KeyFiles, RoleOfMachine, StoreOptions, WebIdentity
from ifcjob_backends.tasks import end_tasks
from ifcjob_backends.tls import client_tls

_FIRST_SECONDS = 15.0
"""How long opening a store waits for its first session."""
_MIN_RENEWAL, _RETRY = timedelta(seconds=1), timedelta(seconds=5)
_STATUS = re.compile(r"HTTP status code (\d{3})")

log = structlog.get_logger()


class CurrentCredentials(Provider):
    """Credentials that are at hand without a request. Use as an async context manager."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop renewing."""

    def retrieve(self) -> Credentials:
        """Return the present credentials; RunFailure with StorageUnavailable when there are none."""
        raise NotImplementedError

    @property
    def expires_at(self) -> datetime | None:
        """When the present credentials expire, and with them what they have signed; None: not known, or never."""
        return None


def credentials_of(options: StoreOptions) -> CurrentCredentials:
    """Return the credentials that the options describe."""
    match options.credentials:
        case KeyFiles() as files:
            return FileCredentials(files)
        case WebIdentity() as identity:
            return _sessions_of_sts(identity, options)
        case RoleOfMachine(endpoint):
            if (irsa := _identity_of_webhook(endpoint)) is not None:
                return _sessions_of_sts(irsa, options)
            http = _http_client(options, None)  # the metadata service is a part of the machine
            name = f"the metadata service{f' {endpoint}' if endpoint else ''}"
            return SessionCredentials(lambda: IamAwsProvider(custom_endpoint=endpoint, http_client=http), name)


class FileCredentials(CurrentCredentials):
    """Reads the credentials from files, and re-reads changed ones: Secrets are rotated while the program runs."""

    def __init__(self, files: KeyFiles) -> None:
        self._files = [file for file in (files.access_key, files.secret_key, files.session_token) if file is not None]
        self._seen: list[tuple[int, int]] = []
        self._credentials: Credentials | None = None

    def retrieve(self) -> Credentials:
        """Return the present credentials; RunFailure when a file cannot be read."""
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


class SessionCredentials(CurrentCredentials):
    """Keeps a session: a task renews it when half of its time is over, in a thread, because minio blocks.

    So what is signed holds for at least half a session of an STS server; one of a metadata service may end sooner.
    """

    def __init__(self, provider: Callable[[], Provider], issuer: str) -> None:
        """Ask a new provider for each session: one that has a session returns it until it has nearly expired."""
        self._provider, self._issuer = provider, issuer
        self._credentials: Credentials | None = None
        self._problem = "has given none yet"
        self._renewing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        first_try = asyncio.Event()
        self._renewing = asyncio.create_task(self._keep_renewing(first_try))
        # A server that does not answer must not keep the program from starting: jobs wait, and say why.
        with suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_SECONDS):
                await first_try.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._renewing is not None:
            await end_tasks([self._renewing])

    def retrieve(self) -> Credentials:
        """Return the session's credentials; RunFailure when it has expired and cannot be renewed."""
        expires_at = self.expires_at
        if self._credentials is None or (expires_at is not None and expires_at <= datetime.now(UTC)):
            message = f"there are no credentials for the object store: {self._issuer} {self._problem}."
            hint = "Check the role, its trust in the service account's token, and the settings for the session."
            raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message, hint=hint)
        return self._credentials

    @property
    def expires_at(self) -> datetime | None:
        """When the session expires."""
        expiration = self._credentials.expiration if self._credentials else None
        return expiration.replace(tzinfo=UTC) if expiration else None

    async def _keep_renewing(self, first_try: asyncio.Event) -> None:
        while True:
            pause = await self._renew()
            first_try.set()
            await asyncio.sleep(pause.total_seconds())

    async def _renew(self) -> timedelta:
        """Get a session; return the time until the next attempt."""
        try:
            self._credentials = await asyncio.to_thread(self._provider().retrieve)
        except Exception as error:  # noqa: BLE001 - whatever minio makes of an answer: the next one may be right
            self._problem = _problem(error)
            log.warning("no session of the object store", issuer=self._issuer, error=self._problem)
            return _RETRY
        expires_at = self.expires_at
        log.info("session of the object store", issuer=self._issuer, expires_at=expires_at and expires_at.isoformat())
        rest = expires_at - datetime.now(UTC) if expires_at else timedelta(hours=1)
        return max(rest / 2, _MIN_RENEWAL)


def _identity_of_webhook(endpoint: str | None) -> WebIdentity | None:
    """Return the identity that the webhook of EKS sets in the environment (IRSA): its sessions come from STS."""
    token_file, region = os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"), os.environ.get("AWS_REGION")
    if not token_file:
        return None
    host = f"sts.{region}.amazonaws.com" if region else "sts.amazonaws.com"
    sts = endpoint or f"https://{host}{'.cn' if region and region.startswith('cn-') else ''}"
    return WebIdentity(Path(token_file), sts, os.environ.get("AWS_ROLE_ARN"))


def _sessions_of_sts(identity: WebIdentity, options: StoreOptions) -> SessionCredentials:
    http = _http_client(options, proxy_of(identity.sts_endpoint))
    return SessionCredentials(lambda: _web_identity(identity, http), f"the STS server {identity.sts_endpoint}")


def _web_identity(identity: WebIdentity, http: urllib3.PoolManager) -> Provider:
    server = urlsplit(identity.sts_endpoint)
    return WebIdentityProvider(
        jwt_provider_func=lambda: {"access_token": identity.token_file.read_text(encoding="utf-8").strip()},
        # minio adds the query as it is, and proxies refuse a URL without a path.
        sts_endpoint=server._replace(path=server.path.rstrip("/") or "/").geturl(),
        duration_seconds=identity.session_seconds,
        role_arn=identity.role_arn,
        role_session_name="ifcjob",
        http_client=http,
    )


def _http_client(options: StoreOptions, proxy: str | None) -> urllib3.PoolManager:
    settings: dict[str, Any] = {
        "ssl_context": client_tls(options.ca_file),
        "timeout": urllib3.Timeout(connect=3, read=5),
        # The URL has the token, and urllib3 logs the URL of a request that it retries. Renewing retries anyway.
        "retries": False,
    }
    if proxy is None:
        return urllib3.PoolManager(**settings)
    login = urllib3.make_headers(proxy_basic_auth=login_of(proxy))
    return urllib3.ProxyManager(proxy, proxy_headers=login, **settings)


def _problem(error: Exception) -> str:
    """Return what is wrong as a predicate. minio's and urllib3's own texts contain the URL, and with it the token."""
    if isinstance(error, urllib3.exceptions.HTTPError):
        return "does not answer"
    if (status := _STATUS.search(str(error))) is not None:
        return f"answers HTTP {status[1]}"
    if isinstance(error, OSError):
        return f"cannot be reached: {error.filename}: {error.strerror}" if error.filename else "cannot be reached"
    return f"gives no credentials in its answer ({type(error).__name__})"
