"""IfcJobs, Jobs, pods and observations with defaults: a test names only the fields it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ifcjob.failures import FailureReason
from ifcjob.report import CoverageCounts, RunReport, Summary
from ifcjob.resource import IfcJob
from ifcjob.status import Attempt, Condition, ConditionType, IfcJobStatus, ObservedInput, Result
from ifcjob_operator.planning.attempts import attempt_name
from ifcjob_operator.planning.observation import (
    CachedResult,
    Committed,
    MemoryAdvice,
    Observed,
    ObservedJob,
    ObservedPod,
)
from ifcjob_operator.planning.outcome import failure_of
from ifcjob_operator.planning.status_draft import phase_of

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GIB = 2**30
UID = "0d9f5a3e-1111-2222-3333-444455556666"
INPUT = ObservedInput(uri="s3://models/house.ifc", bytes=1_000_000, etag="e1")
SHA256 = "a" * 64
RESULT = Result(manifest="s3://artifacts/house/0d9f5a3e-1/manifest.json", manifest_sha256="b" * 64)
COMMITTED = Committed(result=RESULT, input_sha256=SHA256, content_key="c" * 64)


def ago(seconds: float) -> datetime:
    """Return the time that many seconds before NOW."""
    return NOW - timedelta(seconds=seconds)


def later(seconds: float) -> datetime:
    """Return the time that many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def an_ifcjob(name: str = "house", *, status: IfcJobStatus | None = None, **spec: Any) -> IfcJob:
    """Make an IfcJob; `generation` and `deleted` set its metadata, all other fields its spec."""
    metadata = {
        "name": name,
        "namespace": "bim",
        "uid": UID,
        "resource_version": "7",
        "generation": spec.pop("generation", 1),
        "creation_timestamp": ago(600),
        "deletion_timestamp": NOW if spec.pop("deleted", False) else None,
    }
    spec.setdefault("source", {"s3": {"bucket": "models", "key": "house.ifc"}})
    return IfcJob.model_validate({"metadata": metadata, "spec": spec, "status": status or IfcJobStatus()})


def manifest_of(ifcjob: IfcJob, **metadata: str) -> dict[str, Any]:
    """Return an IfcJob as the API server has it, with these fields in its metadata."""
    manifest = ifcjob.model_dump(mode="json", by_alias=True, exclude_none=True)
    manifest["metadata"] |= metadata
    return manifest


def a_condition(kind: ConditionType, status: str = "True", reason: str = "", at: datetime | None = None) -> Condition:
    """Make a condition whose last transition was ten minutes ago."""
    return Condition.model_validate(
        {"type": kind, "status": status, "reason": reason or kind, "last_transition_time": at or ago(600)}
        | {"observed_generation": 1}
    )


def an_attempt(number: int = 1, **fields: Any) -> Attempt:
    """Make an attempt that was admitted a minute ago."""
    values = {"number": number, "job_name": attempt_name(an_ifcjob(), number), "admitted_at": ago(60)}
    return Attempt.model_validate(values | {"memory_limit": "1024Mi"} | fields)


def a_status(*conditions: Condition, attempts: list[Attempt] | None = None, **fields: Any) -> IfcJobStatus:
    """Make a status with the phase of its conditions."""
    values: dict[str, Any] = {"conditions": list(conditions), "phase": phase_of(conditions), "observed_generation": 1}
    return IfcJobStatus.model_validate(values | {"attempts": attempts or []} | fields)


def starting(*, seconds: float = 1, number: int = 1, **fields: Any) -> IfcJobStatus:
    """Make the status of a job whose attempt was recorded so many seconds ago."""
    attempt = an_attempt(number, admitted_at=ago(seconds))
    conditions = [a_condition("Accepted"), a_condition("Admitted"), a_condition("Running", "False", "Starting")]
    values = {"input": INPUT, "admitted_at": ago(seconds)} | fields
    return a_status(*conditions, attempts=[*_earlier_attempts(number), attempt], **values)


def running(*, seconds: float = 30, number: int = 1, **fields: Any) -> IfcJobStatus:
    """Make the status of a job whose container has run for so many seconds."""
    attempt = an_attempt(number, admitted_at=ago(seconds + 5), started_at=ago(seconds))
    conditions = [a_condition("Accepted"), a_condition("Admitted"), a_condition("Running")]
    values = {"input": INPUT, "admitted_at": ago(seconds + 5), "started_at": ago(seconds)} | fields
    return a_status(*conditions, attempts=[*_earlier_attempts(number), attempt], **values)


def between(
    reason: str = "StorageUnavailable", *, number: int = 1, admitted_reason: str = "BackingOff", **f: Any
) -> IfcJobStatus:
    """Make the status of a job whose last attempt has ended, and that continues."""
    attempt = an_attempt(number, finished_at=ago(5), reason=reason)
    conditions = [
        a_condition("Accepted"),
        a_condition("Admitted", "False", admitted_reason),
        a_condition("Running", "False"),
    ]
    return a_status(*conditions, attempts=[*_earlier_attempts(number), attempt], **({"input": INPUT} | f))


def _earlier_attempts(number: int) -> list[Attempt]:
    first = max(1, number - 9)
    return [an_attempt(n, finished_at=ago(120), reason="StorageUnavailable") for n in range(first, number)]


def finished(kind: ConditionType = "Complete", reason: str = "Succeeded", seconds: float = 60) -> IfcJobStatus:
    """Make the status of a job that ended so many seconds ago."""
    attempts = [an_attempt(1, finished_at=ago(seconds), reason=reason)]
    return a_status(a_condition(kind, reason=reason), attempts=attempts, finished_at=ago(seconds))


def a_job(number: int = 1, **fields: Any) -> ObservedJob:
    """Make the Job of an attempt, with one active pod unless it has ended."""
    has_ended = fields.get("complete") or fields.get("failed")
    values: dict[str, Any] = {
        "name": attempt_name(an_ifcjob(), number),
        "uid": f"job-{number}",
        "attempt": number,
        "created_at": ago(60),
        "active": 0 if has_ended else 1,
    }
    return ObservedJob(**(values | fields))


def a_failed_job(message: str = "", reason: str = "PodFailurePolicy", **fields: Any) -> ObservedJob:
    """Make a Job with the condition Failed."""
    return a_job(failed=True, failed_reason=reason, failed_message=message, **fields)


def a_pod(phase: str = "Failed", **fields: Any) -> ObservedPod:
    """Make a pod; by default it has failed."""
    defaults: dict[str, Any] = {"name": "house-0d9f5a3e-1-x2x4z", "node": "n1", "created_at": ago(60)}
    return ObservedPod(phase=phase, **(defaults | fields))


def a_report(reason: FailureReason | None = None, **fields: Any) -> RunReport:
    """Make a run's report: of success, or of a failure with this reason."""
    if reason is None:
        return RunReport(outcome="Succeeded", **fields)
    return RunReport(outcome="Failed", failure=failure_of(reason, f"the run says {reason}"), **fields)


def observed(ifcjob: IfcJob | None = None, **fields: Any) -> Observed:
    """Make an observation; by default the source exists, no result is cached, and memory is advised."""
    values: dict[str, Any] = {
        "input": INPUT,
        "cached_result": CachedResult(),
        "memory": MemoryAdvice(GIB, "formula"),
        "secret_ensured": True,
    }
    return Observed(ifcjob or an_ifcjob(), **(values | fields))


def a_result(*, expected: int = 10, emitted: int = 10) -> Result:
    """Make a result with coverage counts."""
    counts = CoverageCounts(expected=expected, emitted=emitted, skipped=expected - emitted)
    return RESULT.model_copy(update={"summary": Summary(coverage=counts)})
