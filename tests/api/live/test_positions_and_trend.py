"""Places of waiting jobs in their queues, and the past hours of a queue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ifcjob_api.jobs.positions import positions
from ifcjob_api.jobs.trend import STEPS, trend
from ifcjob_api.live.entries import JobEntry, job_entry
from ifcjob_catalog import PastRun
from tests.support.scripted_kubernetes import job

NOW = 1_800_000_000.0
MINUTE = 60


def entry(name: str, phase: str, *, ages: tuple[int | None, ...] = (10,), queue: str = "default", **more: Any) -> Any:
    """Return a job; `ages` are the minutes since it was created, started and finished."""
    item = job(name, 1, phase, queue=queue, priority=more.pop("priority", 0))
    times = [None if age is None else datetime.fromtimestamp(NOW - age * MINUTE, UTC).isoformat() for age in ages]
    created, started, finished = (*times, None, None)[:3]
    item["metadata"]["creationTimestamp"] = created
    item["status"] |= {"startedAt": started, "finishedAt": finished} | more
    return job_entry(item)


def test_waiting_jobs_have_their_place_by_priority_then_age() -> None:
    jobs = [
        entry("young", "Queued", ages=(1,)),
        entry("old", "Queued", ages=(9,)),
        entry("urgent", "Queued", ages=(0,), priority=5),
        entry("other", "Queued", queue="night"),
        entry("running", "Running"),
    ]
    assert positions(jobs, jobs) == {"urgent": 1, "old": 2, "young": 3, "other": 1}
    assert positions(jobs[:1], jobs) == {"young": 3}
    assert positions(jobs[4:], jobs) == {}


def past(*jobs: JobEntry) -> Any:
    return trend(jobs, "default", NOW, 1)


def run(
    uid: str, phase: str, *ages: int | None, reason: str | None = None, memory: tuple[int, int] = (0, 0)
) -> PastRun:
    """Return a run of the history; `ages` are the minutes since it was created, started and ended."""
    created, started, ended = (0.0 if age is None else NOW - age * MINUTE for age in ages)
    return PastRun(uid, phase, reason, created, started, ended, *memory)


def test_a_job_waits_then_runs_then_has_finished() -> None:
    counted = past(entry("a", "Succeeded", ages=(50, 40, 10)))
    assert (counted.step_seconds, len(counted.pending)) == (MINUTE, STEPS)
    assert [step for step, count in enumerate(counted.pending) if count] == list(range(10, 20))
    assert [step for step, count in enumerate(counted.active) if count] == list(range(20, 50))
    assert [step for step, count in enumerate(counted.finished) if count] == [50]
    assert sum(counted.failed) == 0


def test_jobs_from_before_the_begin_and_unfinished_ones_are_counted() -> None:
    counted = past(
        entry("waits", "Queued", ages=(300,)),
        entry("runs", "Running", ages=(300, 200)),
        entry("gone", "Succeeded", ages=(300, 200, 100)),
        entry("cancelled", "Cancelled", ages=(30, None, 20)),
        entry("elsewhere", "Queued", queue="night"),
        entry("suspended", "Suspended", ages=(300,)),
    )
    assert counted.pending[0] == 1
    assert counted.pending[30:40] == [2] * 10
    assert counted.pending[-1] == 1
    assert counted.active == [1] * STEPS
    assert sum(counted.finished) == 1


def test_failures_have_reasons_and_attempts_their_memory() -> None:
    attempt = {"number": 1, "memoryLimit": "2Gi", "peakMemoryBytes": 2**30}
    failure = {"reason": "OutOfMemory", "message": "", "hint": "", "retryable": True}
    counted = past(
        entry("a", "Failed", ages=(9, 8, 0), failure=failure, attempts=[attempt]),
        entry("b", "Failed", ages=(9, 8, 0), failure=failure),
        entry("c", "Succeeded", ages=(9, 8, 1), attempts=[attempt | {"memoryLimit": "strange"}]),
    )
    assert counted.failures_by_reason == {"OutOfMemory": 2}
    assert (counted.finished[-1], counted.failed[-1]) == (3 - counted.finished[-2], 2)
    assert counted.memory_requested_bytes[-1] == 2 * 2**30
    assert counted.memory_peak_bytes[-1] == 2**30


def test_jobs_of_the_history_are_counted_unless_they_exist() -> None:
    existing = entry("a", "Succeeded", ages=(50, 40, 10))
    history = [
        run(existing.uid, "Succeeded", 50, 40, 10),
        run("failed", "Failed", 50, 45, 10, reason="OutOfMemory", memory=(2, 1)),
        run("deleted in the queue", "Queued", 50, None, 30),
    ]
    counted = trend([existing], "default", NOW, 1, history)
    assert counted.includes_history
    assert counted.pending[10:40] == [3] * 5 + [2] * 5 + [1] * 10 + [0] * 10
    assert counted.active[10:60] == [0] * 5 + [1] * 5 + [2] * 30 + [0] * 10
    assert (counted.finished[50], counted.failed[50]) == (2, 1)
    assert sum(counted.finished) == 2, "a job that was deleted before its end has not finished"
    assert counted.failures_by_reason == {"OutOfMemory": 1}
    assert (counted.memory_requested_bytes[50], counted.memory_peak_bytes[50]) == (2, 1)
    assert not past(existing).includes_history
