"""Where an S3 server is, and where the credentials for it come from."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class KeyFiles:
    """Files with the keys; they are read again when they change."""

    access_key: Path
    secret_key: Path
    session_token: Path | None = None
    """For temporary credentials; URLs expire with them, whatever their own lifetime: a file does not say when."""


@dataclass(frozen=True)
class WebIdentity:
    """Sessions for a token that the cluster issues, by STS AssumeRoleWithWebIdentity."""

    token_file: Path
    """Read at each renewal: the kubelet replaces the token."""
    sts_endpoint: str
    """Such as `https://sts.eu-central-1.amazonaws.com`, or the endpoint of a MinIO."""
    role_arn: str | None = None
    """The role to assume; MinIO derives it from the token."""
    session_seconds: int = 3600
    """The lifetime to ask for; STS accepts 900 and more."""


@dataclass(frozen=True)
class RoleOfMachine:
    """Sessions that the platform gives to the machine or the container: EC2, ECS, EKS Pod Identity."""

    endpoint: str | None = None
    """Replaces the platform's address of the metadata service."""


StoreCredentials = KeyFiles | WebIdentity | RoleOfMachine


@dataclass(frozen=True)
class StoreOptions:
    """The store and the credentials for it."""

    endpoint: str
    """The endpoint of this program's requests, such as `https://s3.example.com`."""
    credentials: StoreCredentials
    pod_endpoint: str | None = None
    """The pods' endpoint; default: the same."""
    region: str = "us-east-1"
    ca_file: Path | None = None
    """Certificates to trust in addition to the system's, for this program's requests."""
    output_bucket: str | None = None
    """For IfcJobs that name no output."""
