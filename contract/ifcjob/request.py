"""The runner's input: one file, its operations, the destination of the artifacts, and limits."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ifcjob.base_type import ContractType
from ifcjob.options import Operations

CERTIFICATES_LENGTH = 65_536
"""Enough for a few private certificate authorities; those of the system are trusted anyway."""


class Source(ContractType):
    """Where the IFC file is."""

    uri: str = Field(min_length=1, max_length=8192)
    """A path, a `file://` URI, or an `http(s)://` URL (presigned or public)."""
    name: str | None = Field(default=None, max_length=1024)
    """Display name of the file; default: the last part of the URI."""
    public_uri: str | None = Field(default=None, max_length=2048)
    """URI that manifests and logs show instead of a presigned URL, such as `s3://bucket/key`."""
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    """The expected checksum."""
    max_bytes: Annotated[int, Field(ge=1)] = 8 * 1024**3
    """Maximum size of the file in bytes, before and after unzipping."""
    follow_redirects: bool = True
    """False rejects redirects, for a URL that was checked before."""
    strict_schema: bool = False
    """Refuse every schema name but IFC2X3, IFC4 and IFC4X3_ADD2, instead of reading the file as the nearest of them."""


class Output(ContractType):
    """Where the artifacts go: exactly one of a folder or upload URLs."""

    folder: str | None = Field(default=None, max_length=4096)
    """A folder; an artifact appears in it under its final name only when it is complete."""
    uploads: dict[str, str] | None = Field(default=None, max_length=32)
    """Presigned PUT URLs by artifact name, such as `{"model.glb": "https://…"}`; `run.log` takes the
    end of the run's log, also after a failure."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "Output":
        if (self.folder is None) == (self.uploads is None):
            message = "output needs exactly one of folder or uploads"
            raise ValueError(message)
        return self


class Limits(ContractType):
    """Resource limits of a run."""

    workers: Annotated[int, Field(ge=1, le=256)] | None = None
    """Number of worker processes; default: the CPUs of the cgroup, fewer if memory is scarce."""
    memory_bytes: Annotated[int, Field(ge=1)] | None = None
    """Memory limit of all processes together; default: the limit of the cgroup, if any."""
    deadline_seconds: Annotated[float, Field(ge=0.1)] | None = None
    """Time limit of the whole run; default: none."""


class ProgressTarget(ContractType):
    """Where the runner posts progress; a lost post does not fail the run."""

    url: str = Field(min_length=1, max_length=8192)
    """URL for POSTed progress events."""
    report_url: str = Field(default="", max_length=8192)
    """URL for the POSTed report of a run that has published; empty: the report is not posted."""
    token: str = Field(default="", max_length=4096)
    """Sent as `Authorization: Bearer …`."""


class Renewal(ContractType):
    """Where later URLs are: those of this request end before its run may."""

    file: str = Field(min_length=1, max_length=4096)
    """A file, read again before the source is fetched and before the artifacts are uploaded: it has the same request
    with URLs that hold longer."""
    expires_at: datetime
    """When the URLs of source and output end."""


class CoverageRule(ContractType):
    """Required completeness of the geometry."""

    minimum: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The share of expected elements that must be in the GLB; doubtful elements count. Above 0, nothing expected is a
    shortfall, and so is a file without products or IfcProject."""
    on_shortfall: Literal["Degrade", "Fail"] = "Degrade"
    """Outcome below the minimum: succeed as `Degraded`, or fail with `CoverageShortfall`."""


class RunRequest(ContractType):
    """One run: the input of `python -m ifcjob_runner REQUEST.json`."""

    source: Source
    """Where the IFC file is."""
    output: Output
    """Where the artifacts go."""
    operations: Operations = Field(default_factory=Operations)
    """Operations to run; without any, all four run."""
    limits: Limits = Field(default_factory=Limits)
    """Resource limits of the run."""
    coverage: CoverageRule = Field(default_factory=CoverageRule)
    """Required completeness of the geometry."""
    progress: ProgressTarget | None = None
    """Where to post progress; default: nowhere."""
    renewal: Renewal | None = None
    """Where later URLs are; default: those of this request hold for the whole run."""
    trusted_certificates: str | None = Field(default=None, max_length=CERTIFICATES_LENGTH)
    """Certificate authorities to trust for source and uploads, in PEM, in addition to those of the system."""
    ifcjob: str | None = Field(default=None, max_length=320)
    """`namespace/name` of the IfcJob, for the logs."""
    uid: str | None = Field(default=None, max_length=64)
    """The IfcJob's uid, for the logs."""
    attempt: Annotated[int, Field(ge=1)] = 1
    """The attempt's number, for the logs and the progress."""
