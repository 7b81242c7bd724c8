"""The IfcJob resource: one IFC file, its operations, its output, its resources and its retries."""

from datetime import datetime
from typing import Annotated, Literal, Self, cast

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from ifcjob.base_type import ContractType
from ifcjob.cel_rules import RULES, exactly_one_of, rule, rules
from ifcjob.labels import GROUP
from ifcjob.notifications import Notifications
from ifcjob.options import NO_DUCKDB, Operations
from ifcjob.patterns import NO_PARENT_FOLDER, BucketName, DnsLabel, HttpUrl, ObjectName, RelativePath, Sha256
from ifcjob.pod_options import PodOptions
from ifcjob.quantity import AutoOrBytes, ByteQuantity, CpuQuantity, amount
from ifcjob.request import CoverageRule
from ifcjob.status import IfcJobStatus

VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
IFCJOBS = "ifcjobs"
"""Plural of the resource, as in URLs."""

FORMER_RESOURCES = {"cpu": "1", "memory": "auto"}
"""Resources that the API server stored in IfcJobs without any while these were the defaults of their schema."""

CHANGEABLE = ("suspend", "cancel", "priority", "ttlSecondsAfterFinished")
"""The mutable fields of a spec."""

_MAXIMUM_MESSAGE = "maxMemory must not be less than memory: raise it or omit it"
_MAXIMUM_IS_NOT_LESS = rule(
    "!has(self.maxMemory) || !has(self.memory) || !isQuantity(string(self.maxMemory))"
    " || !isQuantity(string(self.memory))"
    " || quantity(string(self.maxMemory)).compareTo(quantity(string(self.memory))) >= 0",
    _MAXIMUM_MESSAGE,
    path=".maxMemory",
)
_NAME_FITS = rule(
    "self.metadata.name.size() <= 52",
    "metadata.name must be at most 52 characters, because the names of its Jobs extend it: choose a shorter name",
)
_HAD_FORMER_RESOURCES = " && ".join(
    [
        *(
            f"has(oldSelf.resources.{name}) && oldSelf.resources.{name} == '{value}'"
            for name, value in FORMER_RESOURCES.items()
        ),
        *(f"!has(oldSelf.resources.{name})" for name in ("maxMemory", "ephemeralStorage")),
    ]
)
_ONE_WAY = rule("self || !oldSelf", "cancel is final: create a new IfcJob to run the file again")


def _fixed_once_created(schema: JsonDict) -> None:
    """Add one rule per immutable field of the spec; `resources` may lose what only the API server has written."""
    names = [name for name in cast("JsonDict", schema["properties"]) if name not in CHANGEABLE]
    schema[RULES] = [
        rule(
            f"has(self.{name}) ? has(oldSelf.{name}) && self.{name} == oldSelf.{name} : !has(oldSelf.{name})"
            f"{f' || {_HAD_FORMER_RESOURCES}' if name == 'resources' else ''}",
            f"{name} is immutable: create a new IfcJob to change it",
            path=f".{name}",
        )
        for name in names
    ]


def _resources_schema(schema: JsonDict) -> None:
    """Leave out the defaults that the API server would write into an IfcJob: its queue may have others."""
    properties = cast("dict[str, JsonDict]", schema["properties"])
    for name in ("cpu", "memory"):
        del properties[name]["default"]
    schema[RULES] = [_MAXIMUM_IS_NOT_LESS]


def _count_one(what: str, *alternatives: object) -> None:
    if sum(given is not None for given in alternatives) != 1:
        raise ValueError(f"{what} needs exactly one of its alternatives")


class S3Source(ContractType):
    """An object in an S3 store that the operator is configured for."""

    bucket: BucketName
    """The bucket's name, such as `models`."""
    key: str = Field(min_length=1, max_length=1024, json_schema_extra=rules(NO_PARENT_FOLDER))
    """The object's key, such as `projects/7/model.ifc`."""
    version_id: str | None = Field(default=None, min_length=1, max_length=1024)
    """One version of the object, in a bucket with versioning; default: the latest."""
    store: DnsLabel | None = None
    """The name of one of the operator's further stores, as `objectStores` of the chart lists them; default: the store
    that artifacts are written to."""

    @property
    def uri(self) -> str:
        """Return its URI: `s3://bucket/key`, or `s3+store://bucket/key`."""
        return f"s3{f'+{self.store}' if self.store else ''}://{self.bucket}/{self.key}"


class HttpSource(ContractType):
    """A file on a web server; the operator's settings must allow its host."""

    url: HttpUrl
    """The URL, without credentials, such as `https://example.com/models/house.ifc`."""


class PvcSource(ContractType):
    """A file on a volume, mounted read-only into the pod."""

    claim_name: ObjectName
    """The PersistentVolumeClaim's name, in the IfcJob's namespace."""
    path: RelativePath
    """The file's path on the volume, relative and without `..`."""


class JobSource(ContractType):
    """Where the IFC file is: exactly one of `s3`, `http` and `pvc`."""

    model_config = ConfigDict(json_schema_extra=exactly_one_of("source", "s3", "http", "pvc"))

    s3: S3Source | None = None
    """An object in the S3 store that the operator is configured for; the IfcJob holds no credentials."""
    http: HttpSource | None = None
    """A file on a web server; the operator's settings must allow its host."""
    pvc: PvcSource | None = None
    """A file on a volume in the IfcJob's namespace, mounted read-only into the pod."""
    sha256: Sha256 | None = None
    """The expected checksum; a file with another one fails with `InputChanged`."""
    max_bytes: Annotated[int, Field(ge=1, le=2**53)] = 8 * 1024**3
    """Maximum size of the file in bytes, before and after unzipping."""
    strict_schema: bool = False
    """Refuse every schema name but IFC2X3, IFC4 and IFC4X3_ADD2, instead of reading the file as the nearest of them."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        _count_one("source", self.s3, self.http, self.pvc)
        return self


class S3Output(ContractType):
    """Artifacts go to a bucket."""

    bucket: BucketName
    """The bucket's name, such as `artifacts`."""
    prefix: RelativePath | None = None
    """Prefix of the artifacts' keys; each attempt has its own folder below it. Default: `<namespace>/<name>`."""


class PvcOutput(ContractType):
    """Artifacts go to a volume, mounted into the pod."""

    claim_name: ObjectName
    """The PersistentVolumeClaim's name, in the IfcJob's namespace."""
    path: RelativePath | None = None
    """A folder on the volume, relative and without `..`; default: `<namespace>/<name>`."""


class JobOutput(ContractType):
    """Where the artifacts go: exactly one of `s3` and `pvc`."""

    model_config = ConfigDict(json_schema_extra=exactly_one_of("output", "s3", "pvc"))

    s3: S3Output | None = None
    """A folder of a bucket in the S3 store that the operator is configured for."""
    pvc: PvcOutput | None = None
    """A folder on a volume in the IfcJob's namespace."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        _count_one("output", self.s3, self.pvc)
        return self


class Resources(ContractType):
    """Resources of the pod. Requests equal limits, so that a run always gets what it was scheduled with."""

    model_config = ConfigDict(json_schema_extra=_resources_schema)

    cpu: CpuQuantity = "1"
    """CPUs, such as `2` or `500m`; the runner starts one worker process per CPU, rounded up. Default: the queue's or
    the operator's, or else `1`."""
    memory: AutoOrBytes = "auto"
    """A quantity such as `4Gi`, or `auto`: the operator estimates it from the file's size and the history of similar
    files. Default: the queue's or the operator's, or else `auto`."""
    max_memory: ByteQuantity | None = None
    """Maximum memory of retries after OutOfMemory; default: the operator's setting."""
    ephemeral_storage: ByteQuantity | None = None
    """Scratch space for the file and the artifacts; default: the queue's or the operator's, or else estimated from the
    file's size."""

    @model_validator(mode="after")
    def _maximum_is_not_less(self) -> Self:
        if self.max_memory and self.memory != "auto" and amount(self.max_memory) < amount(self.memory):
            raise ValueError(_MAXIMUM_MESSAGE)
        return self


class Retry(ContractType):
    """Retries of failed attempts. Only retryable reasons are retried."""

    limit: Annotated[int, Field(ge=0, le=8)] = 3
    """Maximum number of retries. Drained, preempted and lost pods do not count."""
    backoff_seconds: Annotated[int, Field(ge=0, le=3600)] = 10
    """Delay before the first retry; it doubles with each further retry, up to one hour."""
    memory_factor: Annotated[float, Field(ge=1.1, le=8)] = 2.0
    """After OutOfMemory, the memory of the next attempt is multiplied by this factor, up to `maxMemory`."""


class IfcJobSpec(ContractType):
    """The desired state. Immutable, except for `suspend`, `cancel`, `priority` and `ttlSecondsAfterFinished`."""

    model_config = ConfigDict(json_schema_extra=_fixed_once_created)

    source: JobSource
    """Where the IFC file is: exactly one of `s3`, `http` and `pvc`."""
    operations: Operations = Field(default_factory=Operations, json_schema_extra=rules(NO_DUCKDB))
    """Operations to run. Name an operation to select it, if only as `{}`; without any, all four run."""
    output: JobOutput | None = None
    """Where the artifacts go: exactly one of `s3` and `pvc`; default: the operator's output bucket."""
    queue: DnsLabel = "default"
    """Name of the IfcQueue in the same namespace that admits the job. The operator creates `default` on first use."""
    priority: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0
    """Jobs with a higher priority are admitted first; jobs of equal priority by age."""
    suspend: bool = False
    """True keeps the job from starting and stops a running attempt; false resumes it with a new attempt."""
    cancel: bool = Field(default=False, json_schema_extra=rules(_ONE_WAY))
    """True stops the job permanently; it cannot be set back to false."""
    resources: Resources = Field(default_factory=Resources)
    """Resources of the pod. Requests equal limits, so that a run always gets what it was scheduled with."""
    retry: Retry = Field(default_factory=Retry)
    """Retries of failed attempts. Only retryable reasons are retried; a bad file is not."""
    start_deadline_seconds: Annotated[int, Field(ge=1, le=604_800)] = 3600
    """Maximum time from admission until the container runs; it covers image pulls, quota and scheduling."""
    active_deadline_seconds: Annotated[int, Field(ge=1, le=604_800)] = 14_400
    """Maximum running time of one attempt."""
    ttl_seconds_after_finished: Annotated[int, Field(ge=0, le=31_536_000)] | None = None
    """The operator deletes the finished IfcJob after this time; artifacts and history stay. Default: the operator's
    setting."""
    cache: Literal["Use", "Refresh", "Off"] = "Use"
    """`Use`: take an earlier result if content, operations and runner version are the same. `Refresh`: run, and replace
    the cached result. `Off`: run, and neither read nor write the cache."""
    coverage: CoverageRule = Field(default_factory=CoverageRule)
    """Required completeness of the geometry, and the outcome when it is not reached."""
    pod: PodOptions = Field(default_factory=PodOptions)
    """Scheduling, labels and annotations of the pod, which take precedence over the defaults of the queue and the
    operator; the operator sets everything else."""
    notifications: Notifications = Field(default_factory=list)
    """Web servers that receive the events of this job, in addition to those of its queue."""


class ResourceMetadata(ContractType):
    """The fields of Kubernetes' ObjectMeta that ifcjob reads."""

    name: str
    """The name."""
    namespace: str = "default"
    """The namespace."""
    uid: str = ""
    """Unique across time; set by the cluster."""
    resource_version: str = ""
    """Changes with every write; set by the cluster."""
    generation: int = 0
    """Changes with every change of the spec; set by the cluster."""
    creation_timestamp: datetime | None = None
    """When it was created; set by the cluster."""
    deletion_timestamp: datetime | None = None
    """When its deletion was requested; set by the cluster."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Its labels."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """Its annotations."""


class IfcJob(ContractType):
    """One IFC file to process. Create it with `kubectl apply`, and read its status."""

    model_config = ConfigDict(json_schema_extra=rules(_NAME_FITS))

    api_version: str = API_VERSION
    """`ifcjob.io/v1alpha1`."""
    kind: str = "IfcJob"
    """`IfcJob`."""
    metadata: ResourceMetadata
    """Name and namespace."""
    spec: IfcJobSpec
    """The desired state. Immutable, except for `suspend`, `cancel`, `priority` and `ttlSecondsAfterFinished`."""
    status: IfcJobStatus = Field(default_factory=IfcJobStatus)
    """The observed state; written by the operator."""
