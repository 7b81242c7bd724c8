"""The IfcJob resource: one IFC file, what to make of it, where it goes, and how hard to try."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self, cast

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from ifcjob.base_type import ContractType
from ifcjob.cel_rules import RULES, exactly_one_of, rule, rules, says
from ifcjob.labels import GROUP
from ifcjob.options import Operations
from ifcjob.patterns import (
    FREE_KEYS,
    INERT_KEYS,
    LABEL_KEYS,
    NO_PARENT_FOLDER,
    NOT_A_SYSTEM_CLASS,
    BucketName,
    DnsLabel,
    LabelValue,
    ObjectName,
    RelativePath,
    Sha256,
)
from ifcjob.quantity import AutoOrBytes, ByteQuantity, CpuQuantity, amount
from ifcjob.request import CoverageRule
from ifcjob.status import IfcJobStatus

VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
IFCJOBS = "ifcjobs"
"""Plural of the resource, as in URLs."""

CHANGEABLE = ("suspend", "cancel", "priority", "ttlSecondsAfterFinished")
"""The fields of a spec that may change after its creation."""

_MAXIMUM_MESSAGE = "maxMemory must not be less than memory: raise it, or leave it out"
_MAXIMUM_IS_NOT_LESS = rule(
    "!has(self.maxMemory) || !isQuantity(string(self.maxMemory)) || !isQuantity(string(self.memory))"
    " || quantity(string(self.maxMemory)).compareTo(quantity(string(self.memory))) >= 0",
    _MAXIMUM_MESSAGE,
    path=".maxMemory",
)
_NAME_FITS = rule(
    "self.metadata.name.size() <= 52",
    "metadata.name must be at most 52 characters, so that the names of its Jobs fit: choose a shorter one",
)
_ONE_WAY = rule("self || !oldSelf", "cancel is final: create a new IfcJob to run the file again")


def _fixed_once_created(schema: JsonDict) -> None:
    """Refuse changes of every field of the spec but the changeable ones, each in its own words."""
    names = [name for name in cast("JsonDict", schema["properties"]) if name not in CHANGEABLE]
    schema[RULES] = [
        rule(
            f"has(self.{name}) ? has(oldSelf.{name}) && self.{name} == oldSelf.{name} : !has(oldSelf.{name})",
            f"{name} is fixed once the IfcJob is created: create a new IfcJob to have it otherwise",
            path=f".{name}",
        )
        for name in names
    ]


def _count_one(what: str, *alternatives: object) -> None:
    if sum(given is not None for given in alternatives) != 1:
        raise ValueError(f"{what} needs exactly one of its alternatives")


class S3Source(ContractType):
    """An object in the S3 store the operator is configured for."""

    bucket: BucketName
    """The bucket's name, such as `models`."""
    key: str = Field(min_length=1, max_length=1024, json_schema_extra=rules(NO_PARENT_FOLDER))
    """The object's key, such as `projects/7/model.ifc`."""
    version_id: str | None = Field(default=None, min_length=1, max_length=1024)
    """One version of the object, in a bucket with versioning; default: the latest."""


class HttpSource(ContractType):
    """A file on a web server whose host the operator's settings allow."""

    url: str = Field(
        min_length=1,
        max_length=2048,
        # No \s: what counts as a space differs between engines.
        pattern=r"^https?://[A-Za-z0-9._:\[\]-]+([/?#][!-~]*)?$",
        json_schema_extra=says(
            "must be http:// or https:// and a host, without user:password@ before it; a space is %20"
        ),
    )
    """The URL, without credentials, such as `https://example.com/models/house.ifc`."""


class ClaimSource(ContractType):
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
    """A file on a web server whose host the operator's settings allow."""
    pvc: ClaimSource | None = None
    """A file on a volume in the IfcJob's namespace, mounted read-only into the pod."""
    sha256: Sha256 | None = None
    """The checksum the file must have; any other fails with `InputChanged`."""
    max_bytes: Annotated[int, Field(ge=1, le=2**53)] = 8 * 1024**3
    """The most bytes to read, also after unzipping."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        _count_one("source", self.s3, self.http, self.pvc)
        return self


class S3Output(ContractType):
    """Artifacts go to a bucket."""

    bucket: BucketName
    """The bucket's name, such as `artifacts`."""
    prefix: RelativePath | None = None
    """Artifacts land below it, each attempt's in a folder of its own; default: `<namespace>/<name>`."""


class ClaimOutput(ContractType):
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
    pvc: ClaimOutput | None = None
    """A folder on a volume in the IfcJob's namespace."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        _count_one("output", self.s3, self.pvc)
        return self


class Resources(ContractType):
    """What the pod may use; requests equal limits, so that a run is never starved."""

    model_config = ConfigDict(json_schema_extra=rules(_MAXIMUM_IS_NOT_LESS))

    cpu: CpuQuantity = "1"
    """CPUs, such as `2` or `500m`; the runner starts one engine process for each whole one."""
    memory: AutoOrBytes = "auto"
    """A quantity such as `4Gi`, or `auto`: from the file's size, and from the history of like files."""
    max_memory: ByteQuantity | None = None
    """Where raising the memory after OutOfMemory ends; default: the operator's setting."""
    ephemeral_storage: ByteQuantity | None = None
    """Scratch space for the file and the artifacts; default: from the file's size."""

    @model_validator(mode="after")
    def _maximum_is_not_less(self) -> Self:
        if self.max_memory and self.memory != "auto" and amount(self.max_memory) < amount(self.memory):
            raise ValueError(_MAXIMUM_MESSAGE)
        return self


class Retry(ContractType):
    """How often and when a failed attempt is tried again; only for reasons that may pass."""

    limit: Annotated[int, Field(ge=0, le=8)] = 3
    """Most retries. Drained, preempted and lost pods do not count."""
    backoff_seconds: Annotated[int, Field(ge=0, le=3600)] = 10
    """Wait before the first retry; doubles for each further one, up to an hour."""
    memory_factor: Annotated[float, Field(ge=1.1, le=8)] = 2.0
    """After OutOfMemory the next attempt gets this much more memory, up to `maxMemory`."""


class PodOptions(ContractType):
    """What may be set on the pod; everything else is the operator's."""

    node_selector: dict[str, LabelValue] = Field(
        default_factory=dict, max_length=32, json_schema_extra=rules(LABEL_KEYS)
    )
    """Labels a node must have."""
    tolerations: list[Annotated[dict[str, Any], Field(max_length=8)]] = Field(default_factory=list, max_length=32)
    """Taints the pod tolerates, as in a Pod's `spec.tolerations`."""
    affinity: Annotated[dict[str, Any], Field(max_length=3)] | None = None
    """As a Pod's `spec.affinity`."""
    priority_class_name: Annotated[ObjectName, Field(json_schema_extra=rules(NOT_A_SYSTEM_CLASS))] | None = None
    """The PriorityClass of the pod; Kubernetes' own (`system-…`) are refused."""
    labels: dict[str, LabelValue] = Field(
        default_factory=dict, max_length=32, json_schema_extra=rules(LABEL_KEYS, FREE_KEYS, INERT_KEYS)
    )
    """Labels to add to the Job and the pod. Refused are keys under `ifcjob.io`, `kubernetes.io` and `k8s.io`, and those
    by which other programs change a pod: meshes, secret injectors, workload identities, networks, runtimes."""
    annotations: dict[str, Annotated[str, Field(max_length=4096)]] = Field(
        default_factory=dict, max_length=32, json_schema_extra=rules(LABEL_KEYS, FREE_KEYS, INERT_KEYS)
    )
    """Annotations to add to the pod; the same keys are refused."""


class IfcJobSpec(ContractType):
    """What to do; fixed once created, but for `suspend`, `cancel`, `priority` and `ttlSecondsAfterFinished`."""

    model_config = ConfigDict(json_schema_extra=_fixed_once_created)

    source: JobSource
    """Where the IFC file is: exactly one of `s3`, `http` and `pvc`."""
    operations: Operations = Field(default_factory=Operations)
    """What to make of the file: name an operation to have it, if only as `{}`; none named means all four."""
    output: JobOutput | None = None
    """Where the artifacts go: exactly one of `s3` and `pvc`; default: the operator's output bucket."""
    queue: DnsLabel = "default"
    """The IfcQueue, in the same namespace, that admits the job; `default` is made when it is first named."""
    priority: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0
    """Higher goes first within a queue; equal priorities go by age."""
    suspend: bool = False
    """True keeps the job from starting and stops a running attempt; false lets it go on with a new one."""
    cancel: bool = Field(default=False, json_schema_extra=rules(_ONE_WAY))
    """True stops the job for good; there is no way back."""
    resources: Resources = Field(default_factory=Resources)
    """What the pod may use; requests equal limits, so that a run is never starved."""
    retry: Retry = Field(default_factory=Retry)
    """How often and when a failed attempt is tried again; only for reasons that may pass, never for a bad file."""
    start_deadline_seconds: Annotated[int, Field(ge=1, le=604_800)] = 3600
    """Time from admission until the container runs: for image pulls, quota, and waiting for a node."""
    active_deadline_seconds: Annotated[int, Field(ge=1, le=604_800)] = 14_400
    """Time one attempt may run."""
    ttl_seconds_after_finished: Annotated[int, Field(ge=0, le=31_536_000)] | None = None
    """The finished IfcJob is deleted after this time, its artifacts and history stay; default: the operator's."""
    cache: Literal["Use", "Refresh", "Off"] = "Use"
    """`Use`: a former result for the same content, operations and runner counts. `Refresh`: run, and let later ones use
    it. `Off`: run, and neither use nor offer."""
    coverage: CoverageRule = Field(default_factory=CoverageRule)
    """How complete the geometry must be, and what becomes of the job when it is not."""
    pod: PodOptions = Field(default_factory=PodOptions)
    """Where and how the pod may be placed; all else about it is the operator's."""


class ResourceMetadata(ContractType):
    """The part of Kubernetes' ObjectMeta we read."""

    name: str
    """The name."""
    namespace: str = "default"
    """The namespace."""
    uid: str = ""
    """Unique over time; set by the cluster."""
    resource_version: str = ""
    """Changes with every write; set by the cluster."""
    generation: int = 0
    """Changes with every change of the spec; set by the cluster."""
    creation_timestamp: datetime | None = None
    """When it was created; set by the cluster."""
    deletion_timestamp: datetime | None = None
    """When its deletion was asked for; set by the cluster."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Its labels."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """Its annotations."""


class IfcJob(ContractType):
    """One IFC file to process: `kubectl apply` it, and read its status."""

    model_config = ConfigDict(json_schema_extra=rules(_NAME_FITS))

    api_version: str = API_VERSION
    """`ifcjob.io/v1alpha1`."""
    kind: str = "IfcJob"
    """`IfcJob`."""
    metadata: ResourceMetadata
    """Name and namespace."""
    spec: IfcJobSpec
    """What to do; fixed once created, but for `suspend`, `cancel`, `priority` and `ttlSecondsAfterFinished`."""
    status: IfcJobStatus = Field(default_factory=IfcJobStatus)
    """How far it is; written by the operator."""
