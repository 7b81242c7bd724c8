"""What the runner is asked: one file, its operations, where the artifacts go, and the limits."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ifcjob.base_type import ContractType
from ifcjob.options import Operations

CERTIFICATES_LENGTH = 65_536
"""A few authorities of one's own; the system's are known without."""


class Source(ContractType):
    """Where the IFC file is."""

    uri: str = Field(min_length=1, max_length=8192)
    """A path, a `file://` URI, or an `http(s)://` URL (presigned or public)."""
    name: str | None = Field(default=None, max_length=1024)
    """The file's name for people; default: the last part of the URI."""
    public_uri: str | None = Field(default=None, max_length=2048)
    """What manifests and logs show instead of a presigned URL, such as `s3://bucket/key`."""
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    """The checksum the file must have."""
    max_bytes: Annotated[int, Field(ge=1)] = 8 * 1024**3
    """The most bytes to read, also after unzipping."""
    follow_redirects: bool = True
    """False: a server that sends the reader elsewhere is refused; for a URL that was checked before."""


class Output(ContractType):
    """Where the artifacts go: exactly one of a folder or upload URLs."""

    folder: str | None = Field(default=None, max_length=4096)
    """A folder; artifacts appear in it under their final names only when complete."""
    uploads: dict[str, str] | None = Field(default=None, max_length=32)
    """Presigned PUT URLs by artifact name, such as `{"model.glb": "https://…"}`."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "Output":
        if (self.folder is None) == (self.uploads is None):
            message = "output needs exactly one of folder or uploads"
            raise ValueError(message)
        return self


class Limits(ContractType):
    """What a run may use."""

    workers: Annotated[int, Field(ge=1, le=256)] | None = None
    """Engine processes; default: the CPUs of the cgroup, fewer when memory is short."""
    memory_bytes: Annotated[int, Field(ge=1)] | None = None
    """Memory of all processes together; default: the cgroup's limit, if any."""
    deadline_seconds: Annotated[float, Field(ge=0.1)] | None = None
    """Time the whole run may take; default: no limit."""


class ProgressTarget(ContractType):
    """Where progress is posted; losing it never fails a run."""

    url: str = Field(min_length=1, max_length=8192)
    """The URL that takes POSTed progress events."""
    token: str = Field(default="", max_length=4096)
    """Sent as `Authorization: Bearer …`."""


class CoverageRule(ContractType):
    """How complete the geometry must be."""

    minimum: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The share of expected elements that must be in the GLB."""
    on_shortfall: Literal["Degrade", "Fail"] = "Degrade"
    """Below the minimum: succeed as `Degraded`, or fail with `CoverageShortfall`."""


class RunRequest(ContractType):
    """One run: the only input of `python -m ifcjob_runner REQUEST.json`."""

    source: Source
    """Where the IFC file is."""
    output: Output
    """Where the artifacts go."""
    operations: Operations = Field(default_factory=Operations)
    """What to make; none given means all four."""
    limits: Limits = Field(default_factory=Limits)
    """What the run may use."""
    coverage: CoverageRule = Field(default_factory=CoverageRule)
    """How complete the geometry must be."""
    progress: ProgressTarget | None = None
    """Where to post progress, if anywhere."""
    trusted_certificates: str | None = Field(default=None, max_length=CERTIFICATES_LENGTH)
    """Certificates of authorities to trust for source and uploads, in PEM, beside the system's."""
    ifcjob: str | None = Field(default=None, max_length=320)
    """`namespace/name` of the IfcJob, for the logs."""
    uid: str | None = Field(default=None, max_length=64)
    """The IfcJob's uid, for the logs."""
    attempt: Annotated[int, Field(ge=1)] = 1
    """The attempt's number, for the logs and the progress."""
