"""Settings of the object store that operator and API have in common."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from ifcjob_backends.settings.environment import InvalidSettings, variable
from ifcjob_backends.settings.types import Url
from ifcjob_backends.storage.signing.options import (
    KeyFiles,
    RoleOfMachine,
    StoreCredentials,
    StoreOptions,
    WebIdentity,
)


class StoreSettings(BaseSettings):
    """Where the object store is, and the credentials for it."""

    model_config = SettingsConfigDict(frozen=True, use_attribute_docstrings=True, extra="ignore")

    s3_endpoint: Url | None = None
    """The object store, such as `https://s3.example.com`; unset: the operator can use only volumes and web servers, and
    the API does not start."""
    s3_region: str = "us-east-1"
    """The region of the object store."""
    s3_credentials: Literal["keys", "webIdentity", "role"] = "keys"
    """The credentials for the object store: `keys` reads them from files; `webIdentity` gets sessions from an STS
    server for a token of the cluster; `role` gets those of the machine or the container, as EC2, ECS and EKS Pod
    Identity give them."""
    s3_access_key_file: Path | None = None
    """File with the access key; re-read when it changes."""
    s3_secret_key_file: Path | None = None
    """File with the secret key; re-read when it changes."""
    s3_session_token_file: Path | None = None
    """File with the session token of temporary credentials; re-read when it changes."""
    s3_web_identity_token_file: Path | None = None
    """File with the service account's token for the STS server; read for each session."""
    s3_sts_endpoint: Url | None = None
    """The STS server, such as `https://sts.eu-central-1.amazonaws.com`, or the endpoint of a MinIO."""
    s3_role_arn: str | None = None
    """The role to assume at the STS server; MinIO needs none."""
    s3_session_seconds: int = Field(default=3600, ge=900, le=604_800)
    """Lifetime of a session to ask the STS server for. Presigned URLs end with their session."""
    s3_role_endpoint: Url | None = None
    """The platform's metadata service, if it is not at its usual address."""
    s3_ca_file: Path | None = None
    """PEM file of at most 64 KiB with certificates to trust for the object store and the STS server, in addition to the
    system's. The operator trusts them for web servers, too, and so do the runner pods."""

    def store_options(self, output_bucket: str | None, pod_endpoint: str | None = None) -> StoreOptions:
        """Return the object store; its endpoint is set. InvalidSettings when the credentials lack a setting."""
        assert self.s3_endpoint, "read_settings checks it"
        return StoreOptions(
            endpoint=self.s3_endpoint,
            credentials=self._store_credentials(),
            pod_endpoint=pod_endpoint,
            region=self.s3_region,
            ca_file=self.s3_ca_file,
            output_bucket=output_bucket,
        )

    def _store_credentials(self) -> StoreCredentials:
        match self.s3_credentials:
            case "keys":
                access_key, secret_key = self.s3_access_key_file, self.s3_secret_key_file
                if access_key is None or secret_key is None:
                    raise self._missing("s3_access_key_file", "s3_secret_key_file")
                return KeyFiles(access_key, secret_key, self.s3_session_token_file)
            case "webIdentity":
                token, sts = self.s3_web_identity_token_file, self.s3_sts_endpoint
                if token is None or sts is None:
                    raise self._missing("s3_web_identity_token_file", "s3_sts_endpoint")
                return WebIdentity(token, sts, self.s3_role_arn, self.s3_session_seconds)
            case "role":
                return RoleOfMachine(self.s3_role_endpoint)

    def _missing(self, *names: str) -> InvalidSettings:
        both = " and ".join(variable(type(self), name) for name in names)
        chosen = f"{variable(type(self), 's3_credentials')}={self.s3_credentials}"
        return InvalidSettings(f"{variable(type(self), 's3_endpoint')} with {chosen} needs {both}")
