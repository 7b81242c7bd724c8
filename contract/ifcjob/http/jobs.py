"""Answers about jobs."""

from datetime import datetime

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.http.problems import ProblemDetails
from ifcjob.status import JobProgress, Phase


class JobSummary(ContractType):
    """An IfcJob in a list."""

    namespace: str
    """Its namespace."""
    name: str
    """Its name."""
    uid: str
    """Unique across time."""
    resource_version: str
    """Changes with every write."""
    phase: Phase
    """Phase for people."""
    reason: str | None = None
    """Reason of the most relevant condition; for a failed job, a reason of the failure table."""
    message: str | None = None
    """Message of that condition."""
    progress: JobProgress | None = None
    """Progress of the running attempt."""
    file_name: str | None = None
    """The file's name."""
    input_bytes: int | None = None
    """Size of the file."""
    sha256: str | None = None
    """Checksum of the file, once known."""
    owner: str | None = None
    """The user who created it through the API."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Its labels."""
    queue: str
    """Its queue."""
    priority: int = 0
    """Its priority."""
    attempts: int = 0
    """Number of the last attempt."""
    degraded: bool = False
    """Whether elements are missing from the GLB."""
    cache_hit: bool = False
    """Whether the result is that of an earlier job."""
    created_at: datetime | None = None
    """When it was created."""
    started_at: datetime | None = None
    """When its first attempt started."""
    finished_at: datetime | None = None
    """When it succeeded, failed or was cancelled."""


class JobList(ContractType):
    """A page of jobs."""

    items: list[JobSummary]
    """The jobs."""
    total: int
    """Number of jobs that pass the filters."""
    next_cursor: str | None = None
    """Cursor of the next page; none: this is the last one."""
    stale_seconds: int = 0
    """How long Kubernetes has not answered; the list is as old as that."""
    phases: dict[Phase, int] | None = None
    """With `overview`: number of jobs per phase that pass the other filters."""
    positions: dict[str, int] | None = None
    """With `overview`: place in its queue of each job of the page that waits, by name; 1 starts next."""


class BatchOutcome(ContractType):
    """The outcome of one request of a batch."""

    status: int
    """201: created; else that of the problem."""
    job: JobSummary | None = None
    """The created job."""
    problem: ProblemDetails | None = None
    """Why it was not created."""


class BatchOutcomes(ContractType):
    """The outcomes of a batch, in the order of its requests."""

    outcomes: list[BatchOutcome] = Field(default_factory=list)
    """One per request."""


class JobEvent(ContractType):
    """An event of Kubernetes about an IfcJob or one of its Jobs."""

    type: str
    """`Normal` or `Warning`."""
    reason: str
    """Reason in CamelCase."""
    message: str
    """Message for people."""
    count: int = 1
    """How often it occurred."""
    kind: str
    """Kind of the object: IfcJob or Job."""
    name: str
    """Name of the object."""
    last_at: datetime | None = None
    """When it last occurred."""


class JobEvents(ContractType):
    """Events, oldest first."""

    items: list[JobEvent]
    """The events that Kubernetes still has; it keeps them for about an hour."""
