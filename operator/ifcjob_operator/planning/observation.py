"""`Observed`: all that `plan` decides on, as data: narrow views of cluster objects, and facts about the source.

The observer takes cluster objects from the watch cache each time, and looks up a `Fact` only when a plan wants it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ifcjob.pod_options import PodDefaults
from ifcjob.report import Failure, RunReport
from ifcjob.resource import IfcJob
from ifcjob.status import JobProgress, ObservedInput, Result


class Fact(StrEnum):
    """A fact that costs a request; `Plan.wanted_facts` names it."""

    INPUT = "Input"
    """Whether the source exists, and its size: a HEAD request."""
    CACHED_RESULT = "CachedResult"
    """An earlier result with the same content key, or an identical IfcJob under way."""
    JOB = "Job"
    """Whether the current attempt's Job exists: a GET past the watch cache."""
    PUBLISHED = "Published"
    """Whether the current attempt has published its manifest: a GET from the object store."""
    PODS = "Pods"
    """The pods of the current attempt's Job, and why the Job controller could not create one."""


@dataclass(frozen=True)
class ObservedPod:
    """The fields of a Pod that plans depend on."""

    name: str
    phase: str
    """Pending, Running, Succeeded, Failed or Unknown."""
    node: str | None = None
    created_at: datetime | None = None
    scheduled_at: datetime | None = None
    """When it was assigned to its node; image pulls begin then."""
    deletion_at: datetime | None = None
    """deletionTimestamp: when its grace period ends."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    exit_code: int | None = None
    sidecars_run: bool = False
    """Other containers have not ended, such as an injected sidecar. Native sidecars end by themselves: not counted."""
    oom_killed: bool = False
    """The container's reason is OOMKilled; exit code 137 alone may be any SIGKILL."""
    disrupted: bool = False
    """It has the condition DisruptionTarget: drained, preempted, evicted, or its node is gone."""
    reason: str | None = None
    """status.reason, such as Evicted or DeadlineExceeded."""
    message: str | None = None
    """status.message."""
    waiting_reason: str | None = None
    """The container's waiting reason, such as ImagePullBackOff."""
    waiting_message: str | None = None
    unschedulable: str | None = None
    """The scheduler's message when no node fits."""
    report: RunReport | None = None
    """The run's report, parsed from a valid termination message."""

    @property
    def outlives_run(self) -> bool:
        """Whether the runner has ended and another container keeps the pod running."""
        return self.exit_code is not None and self.sidecars_run


@dataclass(frozen=True)
class ObservedJob:
    """The fields of a batch/v1 Job that plans depend on."""

    name: str
    uid: str
    attempt: int
    created_at: datetime
    complete: bool = False
    failed: bool = False
    """It has the condition Failed: all its pods have ended."""
    failed_reason: str | None = None
    """Reason of that condition: PodFailurePolicy, BackoffLimitExceeded, DeadlineExceeded."""
    failed_message: str | None = None
    """Message of that condition; with PodFailurePolicy it names the exit code or DisruptionTarget."""
    active: int = 0
    """Pods that are pending or running."""
    ready: int = 0
    """Pods that are ready: their container is running."""
    terminating: int = 0
    """Pods that are being deleted."""
    deleting: bool = False
    """It is being deleted in the foreground: it remains until its pods are gone."""

    @property
    def has_ended(self) -> bool:
        """Whether it is complete or has failed: no pod of it runs or will run."""
        return self.complete or self.failed


@dataclass(frozen=True)
class CachedResult:
    """Earlier or identical work: the same content, operations and runner."""

    content_key: str | None = None
    result: Result | None = None
    """An earlier result whose manifest is still in the object store."""
    input_sha256: str | None = None
    under_way: str | None = None
    """Name of an identical IfcJob that is active, or pending and older; updated with every observation."""


@dataclass(frozen=True)
class Committed:
    """A manifest that was read, checked and committed."""

    result: Result
    input_sha256: str | None
    """None when neither the manifest nor the report names it."""
    content_key: str | None


@dataclass(frozen=True)
class MemoryAdvice:
    """The memory limit for the first attempt, and why."""

    memory_bytes: int
    reason: str
    """For the condition's message, such as `this file needed 900Mi before`."""


@dataclass(frozen=True)
class Observed:
    """One IfcJob with all that is known about it; None means not looked up, unless the field says otherwise."""

    ifcjob: IfcJob
    """With the default resources of its queue and of the operator."""
    pod_defaults: tuple[PodDefaults, ...] = ()
    """Defaults of its pod, of the operator and then of its queue: the last one wins."""
    job: ObservedJob | None = None
    """The current (last) attempt's Job."""
    job_checked: bool = False
    """A GET has found no Job: `job` is None because it does not exist, not because the watch lags."""
    older_jobs: tuple[ObservedJob, ...] = ()
    """Jobs of earlier attempts that have not ended."""
    admitted: bool = False
    """The queue has granted a slot."""
    queue_missing: bool = False
    """The named queue does not exist."""
    queue_draining: bool = False
    """The queue's stopPolicy is HoldAndDrain."""
    too_large: str | None = None
    """Why the next attempt exceeds the queue's whole budget; None when it does not."""
    secret_ensured: bool = False
    """This process has created or found the attempt's Secret."""
    renew_urls_at: datetime | None = None
    """When the URLs in that Secret need a renewal; None: never."""
    pods: tuple[ObservedPod, ...] | None = None
    """The pods of `job`."""
    create_error: str | None = None
    """Why the Job controller could not create a pod (quota, admission). Without `job`: why the API server rejected the
    attempt's Job; the operator tries again."""
    input: ObservedInput | Failure | None = None
    """The source, or why it cannot be read."""
    cached_result: CachedResult | None = None
    memory: MemoryAdvice | None = None
    """Looked up together with the input."""
    published: bool | Failure | None = None
    """The current attempt's own manifest is in the object store, or why that is unknown."""
    commit: Committed | Failure | None = None
    """The result of the commit of this pass."""
    posted_report: RunReport | None = None
    """The report that the runner has posted, because its artifacts are published and its pod is about to end."""
    job_ends_by: datetime | None = None
    """Until then the Job of a finished IfcJob ends by itself."""
    progress: JobProgress | None = None
    """The newest progress from the runner; the status may still have an older one."""
    history_written: bool = True
    """The finished IfcJob is in the catalog, or there is no catalog."""

    @property
    def report(self) -> RunReport | None:
        """Return the run's report: of its pod, or as it was posted."""
        return next((pod.report for pod in self.pods or () if pod.report), self.posted_report)
