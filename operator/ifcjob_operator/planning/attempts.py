"""The number, name and memory of attempts, and the attempt that is under way."""

from datetime import datetime

from ifcjob.quantity import as_bytes, byte_quantity, whole_mebibytes
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


def next_attempt(ifcjob: IfcJob, memory_bytes: int, now: datetime) -> Attempt:
    """Return the attempt after the last one."""
    number = ifcjob.status.attempts[-1].number + 1 if ifcjob.status.attempts else 1
    return Attempt(
        number=number,
        job_name=attempt_name(ifcjob, number),
        admitted_at=now,
        memory_limit=byte_quantity(memory_bytes),
        cpu_limit=ifcjob.spec.resources.cpu,
    )


def memory_bytes_of(attempt: Attempt) -> int | None:
    """Return an attempt's memory limit; None when the status has none."""
    return as_bytes(attempt.memory_limit) if attempt.memory_limit else None


def next_memory_bytes(ifcjob: IfcJob, advice: MemoryAdvice | None) -> int | None:
    """Return the memory limit of the next attempt; None until the source's size is known."""
    status, requested = ifcjob.status, ifcjob.spec.resources.memory
    if status.next_memory:
        return as_bytes(status.next_memory)
    if status.attempts and (last := memory_bytes_of(status.attempts[-1])):
        return last
    if requested != "auto":
        return as_bytes(requested)
    return advice.memory_bytes if advice else None


def demanded_memory_bytes(ifcjob: IfcJob, advice: MemoryAdvice | None) -> int | None:
    """Return the memory that an IfcJob demands of its queue: of its current attempt, or of the next one."""
    attempt = under_way(ifcjob.status)
    return next_memory_bytes(ifcjob, advice) if attempt is None else memory_bytes_of(attempt)


def max_memory_bytes(ifcjob: IfcJob, policy: Policy) -> int:
    """Return the largest memory limit this IfcJob may get."""
    own_maximum = ifcjob.spec.resources.max_memory
    return as_bytes(own_maximum) if own_maximum else policy.max_memory_bytes


def more_memory_bytes(ifcjob: IfcJob, memory_bytes: int, policy: Policy) -> int | None:
    """Return the limit after an attempt with this one ran out of memory; None at the maximum."""
    highest = max_memory_bytes(ifcjob, policy)
    if memory_bytes >= highest:
        return None
    raised = memory_bytes * ifcjob.spec.retry.memory_factor
    return min(whole_mebibytes(min(raised, highest)), highest)
