"""The IfcQueue resource: how many IfcJobs of a namespace run at once, and how much they may use together."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from ifcjob.base_type import ContractType
from ifcjob.cel_rules import list_map, rule, rules
from ifcjob.patterns import DNS_LABEL_PATTERN
from ifcjob.quantity import ByteQuantity, TotalCpuQuantity
from ifcjob.resource import API_VERSION, ResourceMetadata
from ifcjob.status import Condition

IFCQUEUES = "ifcqueues"

_NAME_FITS = rule(
    f"self.metadata.name.size() <= 63 && self.metadata.name.matches('{DNS_LABEL_PATTERN}')",
    "metadata.name must be at most 63 lower-case letters, digits and -, since spec.queue of an IfcJob names it",
)


class Budget(ContractType):
    """What the running jobs of a queue may request together."""

    cpu: TotalCpuQuantity | None = None
    """CPUs; unset: no limit."""
    memory: ByteQuantity | None = None
    """Memory; unset: no limit."""


class IfcQueueSpec(ContractType):
    """How much may run at once."""

    slots: Annotated[int, Field(ge=0, le=100_000)] = 10
    """Jobs that may run at once. The scale target: an autoscaler may write it."""
    max_slots: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """Whatever an autoscaler asks for, not more than this."""
    budget: Budget = Field(default_factory=Budget)
    """What the running jobs may request together."""
    stop_policy: Literal["None", "Hold", "HoldAndDrain"] = "None"
    """`Hold` admits nothing new; `HoldAndDrain` also stops the running attempts, which go back to the queue."""


class IfcQueueStatus(ContractType):
    """What is in the queue."""

    slots: int = 0
    """The slots in effect."""
    selector: str = Field(default="", max_length=256)
    """Selects the pods of this queue; an autoscaler asks for it."""
    pending: int = 0
    """Jobs waiting."""
    active: int = 0
    """Jobs admitted and not finished."""
    demand: int = 0
    """pending + active: what an autoscaler should follow."""
    oldest_pending_at: datetime | None = None
    """Creation time of the job that waits longest."""
    conditions: list[Condition] = Field(default_factory=list, max_length=8, json_schema_extra=list_map("type"))
    """`Active`: whether the queue admits jobs, and why not."""


class IfcQueue(ContractType):
    """A queue of IfcJobs: how many of them run at once, and how much they may use together."""

    model_config = ConfigDict(json_schema_extra=rules(_NAME_FITS))

    api_version: str = API_VERSION
    """`ifcjob.io/v1alpha1`."""
    kind: str = "IfcQueue"
    """`IfcQueue`."""
    metadata: ResourceMetadata
    """Name and namespace."""
    spec: IfcQueueSpec = Field(default_factory=IfcQueueSpec)
    """How much may run at once."""
    status: IfcQueueStatus = Field(default_factory=IfcQueueStatus)
    """What is in the queue; written by the operator."""
