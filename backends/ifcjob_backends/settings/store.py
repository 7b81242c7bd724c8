"""Settings of the object store that operator and API have in common."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from ifcjob_backends.settings.types import Url
from ifcjob_backends.storage.presign import StoreOptions


class StoreSettings(BaseSettings):
    """Where the object store is, and the credentials for it."""

    model_config = SettingsConfigDict(frozen=True, use_attribute_docstrings=True, extra="ignore")

    s3_endpoint: Url | None = None
    """The object store, such as `https://s3.example.com`."""
    s3_region: str = "us-east-1"
    """The region of the object store."""
    s3_access_key_file: Path | None = None
    """File with the access key; re-read when it changes."""
    s3_secret_key_file: Path | None = None
    """File with the secret key; re-read when it changes."""
    s3_session_token_file: Path | None = None
    """File with the session token of temporary credentials."""
    s3_ca_file: Path | None = None
    """PEM file with certificates to trust for the object store, in addition to the system's."""

    def store_options(self, output_bucket: str | None, pod_endpoint: str | None = None) -> StoreOptions:
        """Return the object store; its endpoint and both keys are set."""
        assert self.s3_endpoint, "read_settings checks it"
        assert self.s3_access_key_file, "read_settings checks it"
        assert self.s3_secret_key_file, "read_settings checks it"
        return StoreOptions(
            endpoint=self.s3_endpoint,
            access_key_file=self.s3_access_key_file,
            secret_key_file=self.s3_secret_key_file,
            session_token_file=self.s3_session_token_file,
            pod_endpoint=pod_endpoint,
            region=self.s3_region,
            ca_file=self.s3_ca_file,
            output_bucket=output_bucket,
        )
