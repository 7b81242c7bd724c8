"""What the operator says about an IfcJob: conditions for machines, a phase for people, every attempt, the result."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.cel_rules import list_map
from ifcjob.report import Failure, Progress, Summary

ConditionType = Literal["Accepted", "Admitted", "Running", "Complete", "Failed", "Degraded"]
Phase = Literal["Suspended", "Queued", "Starting", "Running", "Succeeded", "Failed", "Cancelled"]
FINISHED_PHASES = ("Succeeded", "Failed", "Cancelled")
ATTEMPTS_KEPT = 10


class Condition(ContractType):
    """One condition, as in the Kubernetes API conventions."""

    type: str = Field(max_length=64)
    """Accepted, Admitted, Running, Complete, Failed or Degraded; a queue has `Active`."""
    status: Literal["True", "False", "Unknown"]
    """Whether it holds."""
    reason: str = Field(max_length=64)
    """One word why; for Failed a reason of the failure table."""
    message: str = Field(default="", max_length=2048)
    """The same for people."""
    last_transition_time: datetime
    """When `status` changed last."""
    observed_generation: int = 0
    """The generation of the spec this is about."""


class JobProgress(Progress):
    """How far the running attempt is."""

    updated_at: datetime
    """When the runner said so."""


class Attempt(ContractType):
    """One execution of the runner: one Job, one pod."""

    number: Annotated[int, Field(ge=1)]
    """1 for the first."""
    job_name: str = Field(max_length=63)
    """The Job's name."""
    admitted_at: datetime
    """When it was written down, just before its Job was created."""
    started_at: datetime | None = None
    """When its container was first seen running."""
    finished_at: datetime | None = None
    """When its end was seen."""
    reason: str | None = Field(default=None, max_length=64)
    """How it ended: `Succeeded`, a reason of the failure table, `Disrupted`, `Suspended` or `Cancelled`."""
    exit_code: int | None = None
    """The container's exit code."""
    memory_limit: str = Field(default="", max_length=32)
    """Its memory limit."""
    peak_memory_bytes: int | None = None
    """The most memory it used."""
    cpu_seconds: float | None = None
    """CPU seconds it used."""


class ObservedInput(ContractType):
    """The file as it was found when the job was accepted."""

    uri: str = Field(max_length=2300)
    """Where it is, without credentials."""
    bytes: int | None = None
    """Its size, when the store tells."""
    etag: str | None = Field(default=None, max_length=256)
    """The store's fingerprint of the content."""
    version_id: str | None = Field(default=None, max_length=1024)
    """The object's version, in a bucket with versioning."""
    sha256: str | None = Field(default=None, max_length=64)
    """The content's SHA-256, once known."""


class Result(ContractType):
    """Where the artifacts are and what is in them."""

    manifest: str = Field(max_length=2300)
    """URI of manifest.json; the artifacts lie beside it."""
    manifest_sha256: str | None = Field(default=None, max_length=64)
    """SHA-256 of that manifest.json."""
    summary: Summary = Field(default_factory=Summary)
    """What was found and made."""


class IfcJobStatus(ContractType):
    """How far an IfcJob is."""

    observed_generation: int = 0
    """The generation of the spec the operator has acted on."""
    conditions: list[Condition] = Field(default_factory=list, max_length=8, json_schema_extra=list_map("type"))
    """For machines: `kubectl wait --for=condition=Complete`."""
    phase: Phase = "Queued"
    """For people, derived from the conditions."""
    progress: JobProgress | None = None
    """How far the running attempt is."""
    attempts: list[Attempt] = Field(
        default_factory=list, max_length=ATTEMPTS_KEPT, json_schema_extra=list_map("number")
    )
    """The last ten attempts, oldest first."""
    retries: int = 0
    """Attempts after a failure; bounded by `spec.retry.limit`."""
    infra_restarts: int = 0
    """Attempts after a drain, preemption, eviction or lost node; free."""
    next_attempt_at: datetime | None = None
    """A failed job is tried again at this time."""
    next_memory: str | None = Field(default=None, max_length=32)
    """Memory limit of the next attempt, after OutOfMemory."""
    failure: Failure | None = None
    """Why the last attempt failed; of a finished job: why it failed."""
    input: ObservedInput | None = None
    """The file as it was found."""
    result: Result | None = None
    """The artifacts, of a job that succeeded."""
    content_key: str | None = Field(default=None, max_length=64)
    """SHA-256 over namespace, content, operations and runner version: equal keys, equal artifacts."""
    cache_hit: bool = False
    """True when the artifacts of a former job were used."""
    admitted_at: datetime | None = None
    """When the first attempt was admitted."""
    started_at: datetime | None = None
    """When the first attempt's container ran."""
    finished_at: datetime | None = None
    """When the job succeeded, failed or was cancelled."""

    def condition(self, kind: ConditionType) -> Condition | None:
        """Return the condition of a type, or None."""
        return next((condition for condition in self.conditions if condition.type == kind), None)

    @property
    def is_finished(self) -> bool:
        """Whether nothing will change any more."""
        return self.phase in FINISHED_PHASES
