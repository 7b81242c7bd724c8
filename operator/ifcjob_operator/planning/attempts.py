"""The number, name and memory of attempts, and the attempt that is under way."""

from datetime import datetime

from ifcjob.quantity import as_bytes, mebibytes
from ifcjob.resource import IfcJob
from ifcjob.status import Attempt, IfcJobStatus
from ifcjob_operator.planning.observation import MemoryAdvice
from ifcjob_operator.planning.policy import Policy


def attempt_name(ifcjob: IfcJob, number: int) -> str:
    """Return the name of an attempt's Job and Secret, derived from the IfcJob's uid and the attempt's number."""
    stem = ifcjob.metadata.name[:40].rstrip("-.").replace(".", "-")
    return f"{stem}-{ifcjob.metadata.uid[:8]}-{number}"


def under_way(status: IfcJobStatus) -> Attempt | None:
    """Return the attempt that the status records without its end."""
    return status.attempts[-1] if status.attempts and status.attempts[-1].finished_at is None else None


def memory_limit(ifcjob: IfcJob, advice: MemoryAdvice | None) -> str | None:
    """Return the limit of the next attempt; None while nobody knows the file's size."""
    status, asked = ifcjob.status, ifcjob.spec.resources.memory
    if status.next_memory:
        return status.next_memory
    if status.attempts and status.attempts[-1].memory_limit:
        return status.attempts[-1].memory_limit
    if asked != "auto":
        return asked
    return advice.limit if advice else None


def next_attempt(ifcjob: IfcJob, limit: str, now: datetime) -> Attempt:
    """Return the attempt after the last one."""
    number = ifcjob.status.attempts[-1].number + 1 if ifcjob.status.attempts else 1
    return Attempt(number=number, job_name=attempt_name(ifcjob, number), admitted_at=now, memory_limit=limit)


def max_memory(ifcjob: IfcJob, policy: Policy) -> str:
    """Return the largest memory limit this IfcJob may get."""
    return ifcjob.spec.resources.max_memory or policy.max_memory


def more_memory(ifcjob: IfcJob, limit: str, policy: Policy) -> str | None:
    """Return the limit after an attempt with this one ran out of memory; None at the maximum."""
    highest = max_memory(ifcjob, policy)
    if as_bytes(limit) >= as_bytes(highest):
        return None
    raised = as_bytes(limit) * ifcjob.spec.retry.memory_factor
    return highest if raised >= as_bytes(highest) else mebibytes(raised)
