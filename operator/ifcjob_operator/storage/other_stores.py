"""The stores beside the operator's own: a JSON list, from which IfcJobs choose by name."""

from pathlib import Path
from typing import Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from ifcjob.base_type import first_problem
from ifcjob.patterns import BucketName, DnsLabel
from ifcjob_backends.settings.types import Url
from ifcjob_backends.storage.signing.options import (
    KeyFiles,
    RoleOfMachine,
    StoreCredentials,
    StoreOptions,
    WebIdentity,
)

_FILES = {
    "keys": ("access_key_file", "secret_key_file", "session_token_file"),
    "webIdentity": ("token_file", "sts_endpoint", "role_arn"),
    "role": ("role_endpoint",),
}
"""The fields of each kind of credentials."""


class OtherStore(BaseModel):
    """One of these stores, and who may read from it."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    name: DnsLabel
    """The name in `spec.source.s3.store`."""
    endpoint: Url
    pod_endpoint: Url | None = None
    """The endpoint that pods use, if it differs."""
    region: str = "us-east-1"
    credentials: Literal["keys", "webIdentity", "role"] = "keys"
    access_key_file: Path | None = None
    secret_key_file: Path | None = None
    session_token_file: Path | None = None
    token_file: Path | None = None
    """The service account's token for the STS server."""
    sts_endpoint: Url | None = None
    role_arn: str | None = None
    session_seconds: int = Field(default=3600, ge=900, le=604_800)
    role_endpoint: Url | None = None
    namespaces: tuple[DnsLabel, ...] = ()
    """Namespaces whose IfcJobs may use the store; none: all."""
    buckets: tuple[BucketName, ...] = ()
    """Buckets that they may read; none: all."""

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        if self.name == "default":
            raise ValueError("name: IfcJobs read from the default store without a name; choose another one")
        self.source_credentials()
        others = [name for kind, names in _FILES.items() if kind != self.credentials for name in names]
        if unused := next((name for name in others if getattr(self, name) is not None), None):
            raise ValueError(f"credentials: {self.credentials} does not use {to_camel(unused)}")
        return self

    def source_credentials(self) -> StoreCredentials:
        """Return the credentials; ValueError when their files or addresses are not set."""
        match self.credentials:
            case "keys":
                if self.access_key_file is None or self.secret_key_file is None:
                    raise ValueError("credentials: keys needs accessKeyFile and secretKeyFile")
                return KeyFiles(self.access_key_file, self.secret_key_file, self.session_token_file)
            case "webIdentity":
                if self.token_file is None or self.sts_endpoint is None:
                    raise ValueError("credentials: webIdentity needs tokenFile and stsEndpoint")
                return WebIdentity(self.token_file, self.sts_endpoint, self.role_arn, self.session_seconds)
            case "role":
                return RoleOfMachine(self.role_endpoint)

    def options(self, ca_file: Path | None) -> StoreOptions:
        """Return the store; `ca_file`: authorities to trust."""
        return StoreOptions(
            endpoint=self.endpoint,
            credentials=self.source_credentials(),
            pod_endpoint=self.pod_endpoint,
            region=self.region,
            ca_file=ca_file,
        )

    def allows(self, namespace: str, bucket: str) -> bool:
        """Whether IfcJobs of a namespace may read from a bucket."""
        return (not self.namespaces or namespace in self.namespaces) and (not self.buckets or bucket in self.buckets)


_STORES = TypeAdapter(tuple[OtherStore, ...])


def read_other_stores(path: Path) -> tuple[OtherStore, ...]:
    """Read the file; ValueError or OSError when it cannot be read, or two stores have one name."""
    try:
        stores = _STORES.validate_python(orjson.loads(path.read_bytes()))
    except ValidationError as error:
        problem = first_problem(error)
        raise ValueError(f"{problem.path}: {problem.message}") from error
    names = [store.name for store in stores]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"two stores have the name {twice}")
    return stores
