"""Requests and answers about queues."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.http.request_type import RequestType


class QueueSummary(ContractType):
    """An IfcQueue with its load."""

    namespace: str
    """Its namespace."""
    name: str
    """Its name."""
    resource_version: str
    """Changes with every write."""
    slots: int
    """Requested maximum number of running jobs."""
    max_slots: int | None = None
    """Upper limit of `slots`."""
    slots_in_effect: int = 0
    """The slots that the operator uses now."""
    stop_policy: Literal["None", "Hold", "HoldAndDrain"] = "None"
    """`Hold` admits nothing new; `HoldAndDrain` also stops the running attempts."""
    pending: int = 0
    """Number of jobs that wait for a slot."""
    active: int = 0
    """Number of jobs that are admitted and not finished."""
    demand: int = 0
    """pending + active."""
    oldest_pending_at: datetime | None = None
    """Creation time of the oldest pending job."""
    reason: str | None = None
    """Reason of the condition `Active`."""
    message: str | None = None
    """Message of the condition `Active`."""


class Queue(QueueSummary):
    """An IfcQueue with its load and its throughput."""

    oldest_wait_seconds: int = 0
    """How long the oldest pending job has waited."""
    finished_last_hour: int = 0
    """Jobs that finished in the last hour. Those that no longer exist are counted, too, when the server has a history
    and it answers."""
    failed_last_hour: int = 0
    """Those of them that failed."""


class QueueList(ContractType):
    """The queues of a namespace."""

    items: list[Queue]
    """The queues, by name."""
    stale_seconds: int = 0
    """How long Kubernetes has not answered; the list is as old as that."""


class QueueTrend(ContractType):
    """A queue over the past hours, in steps of equal length."""

    start: datetime
    """Begin of the first step."""
    step_seconds: int
    """Length of a step."""
    pending: list[int]
    """Jobs that waited at the end of each step."""
    active: list[int]
    """Jobs that ran at the end of each step."""
    finished: list[int]
    """Jobs that finished in each step."""
    failed: list[int]
    """Those of them that failed."""
    memory_requested_bytes: list[int]
    """Memory limits of the last attempts of the jobs that finished in each step and reported a peak, together."""
    memory_peak_bytes: list[int]
    """Peak memory of these attempts, together."""
    failures_by_reason: dict[str, int] = Field(default_factory=dict)
    """Failed jobs of all steps by reason, the most frequent first."""
    includes_history: bool = False
    """Jobs that no longer exist are counted: the server has a history, and it answers. Of a queue that had more than
    20,000 of them, the newest."""


class ScaleRequest(RequestType):
    """The new size of a queue."""

    slots: Annotated[int, Field(ge=0, le=100_000)]
    """Maximum number of jobs that run at once."""
