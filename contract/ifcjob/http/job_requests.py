"""The request for a new IfcJob: the spec without what only an administrator of the cluster should choose."""

import re
import secrets
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ifcjob.http.request_type import RequestType
from ifcjob.options import Operations
from ifcjob.patterns import S3_URI_PATTERN, DnsLabel, LabelValue, Sha256
from ifcjob.quantity import AutoOrBytes
from ifcjob.request import CoverageRule
from ifcjob.resource import Resources, Retry

JOB_NAME_PATTERN = r"^[a-z0-9]([-a-z0-9.]{0,50}[a-z0-9])?$"
JobName = Annotated[str, Field(pattern=JOB_NAME_PATTERN, max_length=52)]
FileName = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f/\\]+$")]
LabelKey = Annotated[str, Field(max_length=317, pattern=r"^([a-z0-9.-]+/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$")]
MAX_BATCH = 200


def job_name_for(file_name: str | None) -> str:
    """Return a new name that begins like the file's, such as `house-5f3a9c21`."""
    stem = name_part((file_name or "").lower().removesuffix(".gz").rpartition(".")[0])
    return f"{stem or 'ifc'}-{secrets.token_hex(4)}"


def name_part(text: str) -> str:
    """Return a text as it stands in the name of a job: `Haus_1` as `haus-1`."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")


class RequestedSource(RequestType):
    """Where the IFC file is: exactly one of `upload`, `s3Uri` and `http`."""

    upload: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    """Id of a completed upload in the same namespace."""
    s3_uri: Annotated[str, Field(max_length=1160, pattern=S3_URI_PATTERN)] | None = None
    """`s3://bucket/key`, or `s3+store://bucket/key` in another store, in a bucket that the API's settings allow."""
    http: Annotated[str, Field(max_length=2048, pattern=r"^https?://[A-Za-z0-9._:\[\]-]+([/?#][!-~]*)?$")] | None = None
    """URL of a file on a web server that the operator's settings allow, without credentials."""
    sha256: Sha256 | None = None
    """The expected checksum; a file with another one fails with `InputChanged`."""
    strict_schema: bool = False
    """Refuse every schema name but IFC2X3, IFC4 and IFC4X3_ADD2, instead of reading the file as the nearest of them."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(place is not None for place in (self.upload, self.s3_uri, self.http)) != 1:
            raise ValueError("source needs exactly one of upload, s3Uri and http")
        return self


class JobOptions(RequestType):
    """The part of a request that is copied to the spec."""

    operations: Operations = Field(default_factory=Operations)
    """Operations to run. Name an operation to select it, if only as `{}`; without any, all four run."""
    queue: DnsLabel = "default"
    """Name of the IfcQueue in the same namespace that admits the job."""
    priority: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0
    """Jobs with a higher priority are admitted first; jobs of equal priority by age."""
    suspend: bool = False
    """True keeps the job from starting until it is resumed."""
    resources: Resources = Field(default_factory=Resources)
    """Resources of the pod."""
    retry: Retry = Field(default_factory=Retry)
    """Retries of failed attempts."""
    start_deadline_seconds: Annotated[int, Field(ge=1, le=604_800)] = 3600
    """Maximum time from admission until the container runs."""
    active_deadline_seconds: Annotated[int, Field(ge=1, le=604_800)] = 14_400
    """Maximum running time of one attempt."""
    ttl_seconds_after_finished: Annotated[int, Field(ge=0, le=31_536_000)] | None = None
    """The finished IfcJob is deleted after this time; artifacts and history stay."""
    cache: Literal["Use", "Refresh", "Off"] = "Use"
    """Whether an earlier result for the same content and options is used."""
    coverage: CoverageRule = Field(default_factory=CoverageRule)
    """Required completeness of the geometry."""


class JobRequest(JobOptions):
    """A file to process."""

    source: RequestedSource
    """Where the IFC file is."""
    name: JobName | None = None
    """Name of the IfcJob; default: a new one."""
    file_name: FileName | None = None
    """The file's name as its user knows it; default: that of the source."""
    labels: dict[LabelKey, LabelValue] = Field(default_factory=dict, max_length=32)
    """Labels of the IfcJob, for filters."""


class BatchRequest(RequestType):
    """Files to process."""

    jobs: Annotated[list[JobRequest], Field(min_length=1, max_length=MAX_BATCH)]
    """One request per job."""


class RetryRequest(RequestType):
    """Changes of the new IfcJob."""

    name: JobName | None = None
    """Name of the new IfcJob; default: a new one."""
    memory: AutoOrBytes | None = None
    """Memory of the new IfcJob, such as `8Gi`; default: as before."""
