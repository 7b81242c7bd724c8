"""The API's settings: environment variables that begin with IFCJOB_API_; secrets only from files."""

import re
import ssl
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict

from ifcjob_backends.settings.environment import InvalidSettings, read_environment, variable
from ifcjob_backends.settings.store import StoreSettings
from ifcjob_backends.settings.types import DEFAULT_PORT, Port, Url, Words
from ifcjob_backends.storage.signing.options import StoreOptions
from ifcjob_catalog.errors import InvalidDatabaseUrl
from ifcjob_catalog.settings import DatabaseSettings

PAGE = "docs/reference/api-settings.md"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Asymmetric signatures. With HMAC, everybody who has the public key could sign."""


def _issuer(value: str) -> str:
    if re.fullmatch(r"https://[^/\s?#]+(/[^\s?#]*)?|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/[^\s?#]*)?", value):
        return value
    raise ValueError("it must be an https URL, as in the tokens' iss")


def _algorithms(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values or not set(values) <= set(ALGORITHMS):
        raise ValueError(f"choose from {', '.join(ALGORITHMS)}")
    return values


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if re.fullmatch(r"https?://[^/\s*]+", value) is None:
            raise ValueError(f"{value!r} is not an origin: write https://viewer.example.com")
    return values


def _scanner_address(value: str) -> str:
    if re.fullmatch(r"/\S+|(\[[0-9a-fA-F:]+\]|[^:/\s]+):\d{1,5}", value) is None:
        raise ValueError("write host:port, or the path of a Unix socket")
    return value


class ApiSettings(StoreSettings, DatabaseSettings):
    """Settings of the API."""

    model_config = SettingsConfigDict(env_prefix="IFCJOB_API_")

    namespaces: Words = ()
    """Comma-separated namespaces to serve; empty: all that hold IfcJobs."""
    events_recheck_seconds: float = Field(default=60, gt=0)
    """Interval in which an event stream checks its caller's right again."""
    events_ping_seconds: float = Field(default=15, gt=0)
    """Interval of comments that keep an idle event stream open."""
    snapshot_jobs: int = Field(default=200, ge=1)
    """Most jobs in the snapshot of an event stream; lists hold the others."""
    upload_bucket: str = "ifcjob-uploads"
    """Bucket of uploaded files; source bucket of the IfcJobs that name an upload."""
    output_bucket: str = "ifcjob-artifacts"
    """Bucket of the artifacts of IfcJobs that name no output."""
    source_buckets: Words = ()
    """Further buckets that an S3 source of an IfcJob may name; `store:bucket` in another store."""
    max_upload_bytes: int = Field(default=2**30, ge=1)
    """Maximum size of an upload; the default is 1 GiB."""
    upload_seconds: int = Field(default=86_400, ge=60)
    """Time to complete an upload; then it is aborted."""
    presign_seconds: int = Field(default=3600, ge=60, le=604_800)
    """Lifetime of presigned URLs for parts and artifacts."""
    public_artifacts: bool = False
    """Let shared caches, such as a CDN, keep the artifacts that are addressed by their checksum. Who knows such an
    address and reaches the cache then reads the artifact without a right."""
    cache_folder: Path = Path("/tmp/ifcjob-api")  # noqa: S108 - an emptyDir on a cluster
    """Folder of cached Parquet artifacts."""
    cache_bytes: int = Field(default=2 * 2**30, ge=2**20)
    """Maximum size of that folder."""
    query_seconds: float = Field(default=10.0, gt=0)
    """Time limit of a query over models, and of a page of a search."""
    query_memory_bytes: int = Field(default=512 * 2**20, ge=64 * 2**20)
    """Memory of all queries together. A quarter of it keeps rows that searches have read, so that a search over a
    property or text takes far less time when it is repeated or changed."""
    query_threads: int = Field(default=2, ge=1)
    """Threads of all queries together."""
    queries_at_once: int = Field(default=4, ge=1)
    """Number of queries that run at the same time; others wait."""

    s3_public_endpoint: Url | None = None
    """The endpoint that browsers use; unset: uploads and downloads pass through the API."""

    auth_mode: Literal["kubernetes", "oidc", "none"] = "kubernetes"
    """How callers prove who they are: `kubernetes` sends their bearer token to TokenReview, `oidc` verifies a JWT,
    `none` lets everybody do everything, on a loopback address only."""
    token_audiences: Words = ()
    """Audiences of the tokens for TokenReview; empty: the API server's own."""
    oidc_issuer: Annotated[str, AfterValidator(_issuer)] | None = None
    """The issuer, exactly as in the tokens' `iss`; its keys are found by OIDC discovery."""
    oidc_audiences: Words = ()
    """Accepted values of the tokens' `aud`."""
    oidc_algorithms: Annotated[Words, AfterValidator(_algorithms)] = ("RS256", "ES256", "EdDSA")
    """Accepted signature algorithms."""
    oidc_user_claim: str = Field(default="sub", min_length=1)
    """The claim with the user's name, such as `email`."""
    oidc_user_prefix: str = ""
    """Prefix of user names, as in the RoleBindings."""
    oidc_groups_claim: str = "groups"
    """The claim with the user's groups; dots lead into objects, as in `realm_access.roles`."""
    oidc_groups_prefix: str = ""
    """Prefix of group names, as in the RoleBindings."""
    oidc_leeway_seconds: int = Field(default=30, ge=0, le=300)
    """Accepted difference of clocks."""
    oidc_ca_file: Path | None = None
    """PEM file with certificates to trust for the issuer, in addition to the system's."""

    reads_per_minute: int = Field(default=3000, ge=0)
    """Reads per user and minute in each replica; 0: no limit."""
    writes_per_minute: int = Field(default=600, ge=0)
    """Writes per user and minute in each replica; 0: no limit."""
    max_body_bytes: int = Field(default=2**20, ge=1024)
    """Maximum size of a request's body, except for the parts of an upload."""
    body_seconds: int = Field(default=20, ge=1)
    """Time for a request's headers to arrive, and for its body; for a part of an upload, time between two pieces."""
    cors_origins: Annotated[Words, AfterValidator(_origins)] = ()
    """Comma-separated origins whose pages may call the API; empty: only its own."""
    web_folder: Path | None = None
    """Folder of the built web app to serve beside the API; unset: only the API."""
    clamd: Annotated[str, AfterValidator(_scanner_address)] | None = None
    """`host:port` or Unix socket of clamd; unset: uploads are not scanned. It needs `AlertExceedsMax yes`."""
    clamd_seconds: int = Field(default=300, ge=1)
    """Time for a scan."""
    accept_unscanned: bool = False
    """Whether to accept files above clamd's limits."""

    address: Literal["all", "loopback"] = "all"
    """The addresses to listen on."""
    port: Port = DEFAULT_PORT
    """The port to listen on."""
    trusted_proxies: Words = ()
    """Addresses or networks of the proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    stop_seconds: int = Field(default=20, ge=1)
    """Time for open requests after SIGTERM."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Minimum level of the log."""

    @property
    def store(self) -> StoreOptions:
        """Return the object store."""
        return self.store_options(self.output_bucket)


def read_settings() -> ApiSettings:
    """Read the environment of an API on a cluster; InvalidSettings for the first invalid setting."""
    settings = read_environment(ApiSettings, PAGE)
    if settings.s3_endpoint is None:
        raise InvalidSettings(f"{variable(ApiSettings, 's3_endpoint')}: it must be set")
    _ = settings.store  # raises InvalidSettings
    if settings.auth_mode == "oidc" and not (settings.oidc_issuer and settings.oidc_audiences):
        raise InvalidSettings("IFCJOB_API_AUTH_MODE=oidc needs IFCJOB_API_OIDC_ISSUER and IFCJOB_API_OIDC_AUDIENCES")
    if settings.auth_mode == "none" and settings.address != "loopback":
        raise InvalidSettings("IFCJOB_API_AUTH_MODE=none needs IFCJOB_API_ADDRESS=loopback: anybody could do anything")
    if shared := {settings.upload_bucket, settings.output_bucket} & set(settings.source_buckets):
        raise InvalidSettings(
            f"IFCJOB_API_SOURCE_BUCKETS: {shared.pop()} has the files of all namespaces: leave it out"
        )
    try:
        settings.database()
    except InvalidDatabaseUrl as error:
        raise InvalidSettings(f"IFCJOB_API_DATABASE_URL_FILE: {error}") from error
    for name in ("s3_ca_file", "oidc_ca_file"):
        if path := getattr(settings, name):
            try:
                ssl.create_default_context(cafile=path)
            except OSError as error:
                raise InvalidSettings(f"{variable(ApiSettings, name)}: {path} has no certificates in PEM") from error
    return settings
