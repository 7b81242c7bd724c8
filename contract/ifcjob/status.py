"""The status of an IfcJob: conditions for programs, a phase for people, attempts and the result."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.cel_rules import list_map
from ifcjob.report import Failure, Progress, Summary

ConditionType = Literal["Accepted", "Admitted", "Running", "Complete", "Failed", "Finished", "Degraded"]
Phase = Literal["Suspended", "Queued", "Starting", "Running", "Succeeded", "Failed", "Cancelled"]
FINISHED_PHASES = ("Succeeded", "Failed", "Cancelled")
ATTEMPTS_KEPT = 10


class Condition(ContractType):
    """One condition, as in the Kubernetes API conventions."""

    type: str = Field(max_length=64)
    """Type of the condition: Accepted, Admitted, Running, Complete, Failed, Finished, Degraded; Active for a queue."""
    status: Literal["True", "False", "Unknown"]
    """Status of the condition."""
    reason: str = Field(max_length=64)
    """Reason in CamelCase; for Failed, a reason of the failure table."""
    message: str = Field(default="", max_length=2048)
    """Message for people."""
    last_transition_time: datetime
    """When `status` last changed."""
    observed_generation: int = 0
    """The generation of the spec that the condition was set for."""


class JobProgress(Progress):
    """Progress of the running attempt."""

    updated_at: datetime
    """When the runner reported it."""

    def supersedes(self, former: "JobProgress | None") -> bool:
        """Return whether this is newer than the former progress and does not fall below it."""
        return former is None or (self.percent >= former.percent and self.updated_at > former.updated_at)


class Attempt(ContractType):
    """One execution of the runner: one Job, one pod."""

    number: Annotated[int, Field(ge=1)]
    """Number of the attempt, starting at 1."""
    job_name: str = Field(max_length=63)
    """The Job's name."""
    admitted_at: datetime
    """When the attempt was recorded, just before its Job was created."""
    started_at: datetime | None = None
    """When the operator first observed its container running."""
    finished_at: datetime | None = None
    """When the operator observed its end."""
    reason: str | None = Field(default=None, max_length=64)
    """Why it ended: `Succeeded`, a reason of the failure table, `Disrupted`, `Suspended` or `Cancelled`."""
    exit_code: int | None = None
    """The container's exit code."""
    memory_limit: str = Field(default="", max_length=32)
    """Its memory limit."""
    cpu_limit: str = Field(default="", max_length=32)
    """Its CPU limit."""
    peak_memory_bytes: int | None = None
    """Peak memory."""
    cpu_seconds: float | None = None
    """CPU seconds of all its processes."""


class ObservedInput(ContractType):
    """The input file, as observed when the job was accepted."""

    uri: str = Field(max_length=2300)
    """URI of the file, without credentials."""
    bytes: int | None = None
    """Size, if the store reports it."""
    etag: str | None = Field(default=None, max_length=256)
    """ETag of the object."""
    version_id: str | None = Field(default=None, max_length=1024)
    """Version of the object, in a bucket with versioning."""
    sha256: str | None = Field(default=None, max_length=64)
    """The content's SHA-256, once known."""


class Result(ContractType):
    """The published artifacts."""

    manifest: str = Field(max_length=2300)
    """URI of manifest.json; the artifacts are beside it."""
    manifest_sha256: str | None = Field(default=None, max_length=64)
    """SHA-256 of that manifest.json."""
    summary: Summary = Field(default_factory=Summary)
    """The numbers of the run."""


class IfcJobStatus(ContractType):
    """The observed state of an IfcJob."""

    observed_generation: int = 0
    """The generation of the spec that the operator has observed."""
    conditions: list[Condition] = Field(default_factory=list, max_length=8, json_schema_extra=list_map("type"))
    """Conditions for programs, as in `kubectl wait --for=condition=Finished`."""
    phase: Phase = "Queued"
    """Phase for people, derived from the conditions."""
    progress: JobProgress | None = None
    """Progress of the running attempt."""
    attempts: list[Attempt] = Field(
        default_factory=list, max_length=ATTEMPTS_KEPT, json_schema_extra=list_map("number")
    )
    """The last ten attempts, oldest first."""
    retries: int = 0
    """Number of attempts after a failure; at most `spec.retry.limit`."""
    infra_restarts: int = 0
    """Number of attempts after a drain, preemption, eviction or lost node; they do not count as retries."""
    next_attempt_at: datetime | None = None
    """When the next attempt starts after a failure."""
    next_memory: str | None = Field(default=None, max_length=32)
    """Memory limit of the next attempt, after OutOfMemory."""
    failure: Failure | None = None
    """Why the last attempt failed; for a finished job, why the job failed."""
    input: ObservedInput | None = None
    """The input file, as observed."""
    result: Result | None = None
    """The artifacts of a job that succeeded."""
    content_key: str | None = Field(default=None, max_length=64)
    """SHA-256 over namespace, content, operations and runner version; equal keys mean equal artifacts."""
    cache_hit: bool = False
    """True when the result is that of an earlier job."""
    admitted_at: datetime | None = None
    """When the first attempt was admitted."""
    started_at: datetime | None = None
    """When the container of the first attempt started."""
    finished_at: datetime | None = None
    """When the job succeeded, failed or was cancelled."""

    def condition(self, kind: ConditionType) -> Condition | None:
        """Return the condition of a type, or None."""
        return next((condition for condition in self.conditions if condition.type == kind), None)

    @property
    def is_finished(self) -> bool:
        """Whether the job has succeeded, failed or been cancelled."""
        return self.phase in FINISHED_PHASES
