"""The IfcQueue resource: how many IfcJobs of a namespace run at once, and their total resources."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from ifcjob.base_type import ContractType
from ifcjob.cel_rules import list_map, rule, rules
from ifcjob.notifications import QueueNotifications
from ifcjob.patterns import DNS_LABEL_PATTERN
from ifcjob.pod_options import PodDefaults
from ifcjob.quantity import ByteQuantity, TotalCpuQuantity
from ifcjob.resource import API_VERSION, ResourceMetadata
from ifcjob.status import Condition

IFCQUEUES = "ifcqueues"

_NAME_FITS = rule(
    f"self.metadata.name.size() <= 63 && self.metadata.name.matches('{DNS_LABEL_PATTERN}')",
    "metadata.name must be at most 63 lower-case letters, digits and -, because spec.queue of an IfcJob refers to it",
)


class Budget(ContractType):
    """Total requests of the running jobs of a queue."""

    cpu: TotalCpuQuantity | None = None
    """CPUs; unlimited if unset."""
    memory: ByteQuantity | None = None
    """Memory; unlimited if unset."""


class IfcQueueSpec(ContractType):
    """The desired state of a queue."""

    slots: Annotated[int, Field(ge=0, le=100_000)] = 10
    """Maximum number of jobs that run at once. An autoscaler may write it through the scale subresource."""
    max_slots: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """Upper limit of `slots`, whatever an autoscaler sets."""
    budget: Budget = Field(default_factory=Budget)
    """Total requests of the running jobs."""
    stop_policy: Literal["None", "Hold", "HoldAndDrain"] = "None"
    """`Hold` admits nothing new; `HoldAndDrain` also stops the running attempts, which go back to the queue."""
    pod_defaults: PodDefaults = Field(default_factory=PodDefaults)
    """Defaults of the queue's runner pods, for attempts that start later. They take precedence over the operator's; the
    values of an IfcJob take precedence over both."""
    notifications: QueueNotifications = Field(default_factory=list)
    """Web servers that receive the events of the queue's jobs."""


class IfcQueueStatus(ContractType):
    """The observed state of a queue."""

    slots: int = 0
    """The slots in effect."""
    selector: str = Field(default="", max_length=256)
    """Label selector of the queue's pods, for the scale subresource."""
    pending: int = 0
    """Number of jobs that wait for a slot."""
    active: int = 0
    """Number of jobs that are admitted and not finished."""
    demand: int = 0
    """pending + active: the metric for an autoscaler."""
    oldest_pending_at: datetime | None = None
    """Creation time of the oldest pending job."""
    conditions: list[Condition] = Field(default_factory=list, max_length=8, json_schema_extra=list_map("type"))
    """`Active`: whether the queue admits jobs, with the reason."""


class IfcQueue(ContractType):
    """A queue of IfcJobs: it limits how many of them run at once, and their total resources."""

    model_config = ConfigDict(json_schema_extra=rules(_NAME_FITS))

    api_version: str = API_VERSION
    """`ifcjob.io/v1alpha1`."""
    kind: str = "IfcQueue"
    """`IfcQueue`."""
    metadata: ResourceMetadata
    """Name and namespace."""
    spec: IfcQueueSpec = Field(default_factory=IfcQueueSpec)
    """The desired state of the queue."""
    status: IfcQueueStatus = Field(default_factory=IfcQueueStatus)
    """The observed state; written by the operator."""
