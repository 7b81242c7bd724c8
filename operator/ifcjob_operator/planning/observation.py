"""What the operator sees of one IfcJob: narrow views of cluster objects and the facts looked up about its file.

Everything here is data. `plan` decides on it, and `reconcile` gathers it: cheap parts from the watches each time, facts
(`Fact`) only when a plan asks for them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ifcjob.report import Failure, RunReport
from ifcjob.resource import IfcJob
from ifcjob.status import JobProgress, ObservedInput, Result


class Fact(StrEnum):
    """A fact that costs a request; a plan asks for it by name."""

    INPUT = "Input"
    """Is the file there, how large is it: a HEAD of the source."""
    CACHED_RESULT = "CachedResult"
    """Is there a former result with the same content key, or an identical job under way."""
    JOB = "Job"
    """Does the current attempt's Job exist: a GET past the watch's cache."""
    PODS = "Pods"
    """The pods of the current attempt's Job, and why the Job could not make one."""


@dataclass(frozen=True)
class ObservedPod:
    """The fields of a Pod that decide something."""

    name: str
    phase: str
    """Pending, Running, Succeeded, Failed or Unknown."""
    node: str | None = None
    created_at: datetime | None = None
    scheduled_at: datetime | None = None
    """When it got its node; image pulls begin then."""
    deletion_at: datetime | None = None
    """When its deletion was to be complete: deletionTimestamp, grace period included."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    exit_code: int | None = None
    oom_killed: bool = False
    """The kubelet says OOMKilled; exit code 137 alone may be any SIGKILL."""
    disrupted: bool = False
    """It has the condition DisruptionTarget: drained, preempted, evicted, or its node is gone."""
    reason: str | None = None
    """status.reason, such as Evicted or DeadlineExceeded."""
    message: str | None = None
    """status.message."""
    waiting_reason: str | None = None
    """Why the container waits, such as ImagePullBackOff."""
    waiting_message: str | None = None
    unschedulable: str | None = None
    """The scheduler's message, when no node takes it."""
    report: RunReport | None = None
    """Parsed from the termination message, when there is a valid one."""


@dataclass(frozen=True)
class ObservedJob:
    """The fields of a batch/v1 Job that decide something."""

    name: str
    uid: str
    owner_uid: str
    """uid of the IfcJob that controls it."""
    attempt: int
    created_at: datetime
    complete: bool = False
    failed: bool = False
    """It has the condition Failed: all its pods have ended."""
    failed_reason: str | None = None
    """Reason of that condition: PodFailurePolicy, BackoffLimitExceeded, DeadlineExceeded."""
    failed_message: str | None = None
    """Message of that condition; under PodFailurePolicy it names the exit code or DisruptionTarget."""
    active: int = 0
    """Pods that are pending or running."""
    ready: int = 0
    """Pods that are ready: their container runs."""
    terminating: int = 0
    """Pods that are being deleted."""
    deleting: bool = False
    """It is being deleted; in the foreground, so it stays until its pods are gone."""

    @property
    def has_ended(self) -> bool:
        """Whether no pod of it runs or will run."""
        return self.complete or self.failed


@dataclass(frozen=True)
class CachedResult:
    """What is known of the same content, operations and runner."""

    content_key: str | None = None
    result: Result | None = None
    """A former result whose manifest is still in the store."""
    input_sha256: str | None = None
    under_way: str | None = None
    """Name of an identical IfcJob that holds a slot, or waits for one and goes first; current at every observation."""


@dataclass(frozen=True)
class Committed:
    """A manifest that was read, checked and committed."""

    result: Result
    input_sha256: str | None
    """None when the operator cannot read the manifest and nobody said."""
    content_key: str | None


@dataclass(frozen=True)
class MemoryAdvice:
    """The memory limit for the first attempt, and why."""

    limit: str
    """A quantity."""
    because: str
    """For the log and the condition's message: `formula`, `same file peaked at …`."""


@dataclass(frozen=True)
class Observed:
    """One IfcJob with everything known about it. None means not looked at, or not there where a type says so."""

    ifcjob: IfcJob
    job: ObservedJob | None = None
    """The current (last) attempt's Job."""
    job_checked: bool = False
    """True when a GET found no Job: `job` is None because there is none, not because the watch lags."""
    older_jobs: tuple[ObservedJob, ...] = ()
    """Jobs of former attempts that have not ended."""
    admitted: bool = False
    """The queue has granted a slot to this job."""
    queue_missing: bool = False
    """The named queue does not exist."""
    queue_draining: bool = False
    """The queue's stopPolicy is HoldAndDrain."""
    too_large: str | None = None
    """Why the queue's budget can never hold the next attempt, if so."""
    secret_ensured: bool = False
    """This process has seen the attempt's Secret created."""
    pods: tuple[ObservedPod, ...] | None = None
    """The pods of `job`, when looked at."""
    create_error: str | None = None
    """Why the Job controller could not create a pod (quota, admission), when looked at; without `job`: why the API
    server refused the attempt's Job, which is worth another try."""
    input: ObservedInput | Failure | None = None
    """The file, or why it cannot be read."""
    cached_result: CachedResult | None = None
    memory: MemoryAdvice | None = None
    """Known once the input is."""
    commit: Committed | Failure | None = None
    """What became of the commit the last plan asked for."""
    progress: JobProgress | None = None
    """The newest progress the runner has posted, maybe not yet in the status."""
    recorded: bool = True
    """The finished state is in the catalog, or there is no catalog."""
