"""The IfcJob resource: one IFC file, what to make of it, where it goes, and how hard to try."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from ifcjob.contract_type import ContractType
from ifcjob.labels import GROUP
from ifcjob.options import Operations
from ifcjob.quantity import Quantity
from ifcjob.request import CoverageRule
from ifcjob.status import IfcJobStatus

VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
IFCJOBS = "ifcjobs"
"""Plural of the resource, as in URLs."""

DnsLabel = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
ClaimName = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$")]
BucketName = Annotated[str, Field(min_length=3, max_length=63, pattern=r"^[a-z0-9][-.a-z0-9]*[a-z0-9]$")]
LabelValue = Annotated[str, Field(max_length=63)]


class S3Source(ContractType):
    """An object in the S3 store the operator is configured for."""

    bucket: BucketName
    """The bucket's name."""
    key: str = Field(min_length=1, max_length=1024)
    """The object's key, such as `projects/7/model.ifc`."""
    version_id: str | None = Field(default=None, min_length=1, max_length=1024)
    """One version of the object, in a bucket with versioning; default: the latest."""


class HttpSource(ContractType):
    """A file on a web server whose host the operator's settings allow."""

    url: str = Field(min_length=1, max_length=2048, pattern="^https?://")
    """The URL, without credentials."""


class ClaimSource(ContractType):
    """A file on a volume, mounted read-only into the pod."""

    claim_name: ClaimName
    """The PersistentVolumeClaim, in the IfcJob's namespace."""
    path: str = Field(min_length=1, max_length=1024)
    """The file's path on the volume, relative and without `..`."""


class JobSource(ContractType):
    """Where the IFC file is: exactly one of `s3`, `http` and `pvc`."""

    s3: S3Source | None = None
    """An object in the S3 store."""
    http: HttpSource | None = None
    """A file on a web server."""
    pvc: ClaimSource | None = None
    """A file on a volume."""
    sha256: str | None = Field(default=None, max_length=64, pattern="^[0-9a-f]{64}$")
    """The checksum the file must have; any other fails with `InputChanged`."""
    max_bytes: Annotated[int, Field(ge=1, le=2**53)] = 8 * 1024**3
    """The most bytes to read, also after unzipping."""


class S3Output(ContractType):
    """Artifacts go to a bucket."""

    bucket: BucketName
    """The bucket's name."""
    prefix: str | None = Field(default=None, min_length=1, max_length=512)
    """Artifacts land below it, each attempt in its own folder; default: `<namespace>/<name>`."""


class ClaimOutput(ContractType):
    """Artifacts go to a volume, mounted into the pod."""

    claim_name: ClaimName
    """The PersistentVolumeClaim, in the IfcJob's namespace."""
    path: str | None = Field(default=None, min_length=1, max_length=512)
    """A folder on the volume, relative and without `..`; default: `<namespace>/<name>`."""


class JobOutput(ContractType):
    """Where the artifacts go: exactly one of `s3` and `pvc`."""

    s3: S3Output | None = None
    """A bucket of the S3 store."""
    pvc: ClaimOutput | None = None
    """A volume."""


class Resources(ContractType):
    """What the pod may use; requests equal limits, so that a run is never starved."""

    cpu: Quantity = "1"
    """CPUs; the runner starts one engine process for each whole one."""
    memory: Quantity = "auto"
    """A quantity such as `4Gi`, or `auto`: from the file's size, and from the history of like files."""
    max_memory: Quantity | None = None
    """Where raising the memory after OutOfMemory ends; default: the operator's setting."""
    ephemeral_storage: Quantity | None = None
    """Scratch space for the file and the artifacts; default: from the file's size."""


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

    node_selector: dict[str, LabelValue] = Field(default_factory=dict, max_length=32)
    """Labels a node must have."""
    tolerations: list[dict[str, Any]] = Field(default_factory=list, max_length=32)
    """Taints the pod tolerates, as in a Pod's `spec.tolerations`."""
    affinity: dict[str, Any] | None = None
    """As a Pod's `spec.affinity`."""
    priority_class_name: str | None = Field(default=None, max_length=253)
    """The PriorityClass of the pod."""
    labels: dict[str, LabelValue] = Field(default_factory=dict, max_length=32)
    """Labels to add to the Job and the pod; keys under `ifcjob.io` and `kubernetes.io` are refused."""
    annotations: dict[str, Annotated[str, Field(max_length=4096)]] = Field(default_factory=dict, max_length=32)
    """Annotations to add to the pod."""


class IfcJobSpec(ContractType):
    """What to do; fixed once created, but for `suspend`, `cancel`, `priority` and `ttlSecondsAfterFinished`."""

    source: JobSource
    """Where the IFC file is."""
    operations: Operations = Field(default_factory=Operations)
    """What to make of the file; none given means all four."""
    output: JobOutput | None = None
    """Where the artifacts go; default: the operator's output bucket."""
    queue: DnsLabel = "default"
    """The IfcQueue, in the same namespace, that admits the job; `default` is made when it is first named."""
    priority: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0
    """Higher goes first within a queue; equal priorities go by age."""
    suspend: bool = False
    """True keeps the job from starting and stops a running attempt; false lets it go on with a new one."""
    cancel: bool = False
    """True stops the job for good; there is no way back."""
    resources: Resources = Field(default_factory=Resources)
    """What the pod may use."""
    retry: Retry = Field(default_factory=Retry)
    """How often and when to try again."""
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
    """How complete the geometry must be."""
    pod: PodOptions = Field(default_factory=PodOptions)
    """Where and how the pod may be placed."""


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


class IfcJob(ContractType):
    """One IFC file to process: `kubectl apply` it, and read its status."""

    api_version: str = API_VERSION
    """`ifcjob.io/v1alpha1`."""
    kind: str = "IfcJob"
    """`IfcJob`."""
    metadata: ResourceMetadata
    """Name and namespace."""
    spec: IfcJobSpec
    """What to do."""
    status: IfcJobStatus = Field(default_factory=IfcJobStatus)
    """How far it is; written by the operator."""
