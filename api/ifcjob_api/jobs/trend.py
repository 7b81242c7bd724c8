"""The past hours of a queue, counted from the times of its jobs: no sampling, and nothing to store.

Jobs that no longer exist are counted as the catalog has them.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import accumulate

from ifcjob.http.queues import QueueTrend
from ifcjob.status import FINISHED_PHASES
from ifcjob_api.live.entries import JobEntry
from ifcjob_catalog import PastRun

STEPS = 60
Run = JobEntry | PastRun


class _Trend:
    """Counts per step; `pending` and `active` are first kept as differences from step to step."""

    def __init__(self, now: float, hours: int) -> None:
        self.step = hours * 3600 // STEPS
        self.start = now - self.step * STEPS
        self.pending, self.active = [0] * (STEPS + 1), [0] * (STEPS + 1)
        self.finished, self.failed = [0] * STEPS, [0] * STEPS
        self.requested, self.peak = [0] * STEPS, [0] * STEPS
        self.reasons: Counter[str] = Counter()

    def add(self, job: Run) -> None:
        """Count one job."""
        # A job that was cancelled in its queue, or had a cached result, has never started.
        started = job.started or job.finished
        if job.phase != "Suspended":
            self._during(self.pending, job.created, started)
        if job.started:
            self._during(self.active, job.started, job.finished)
        if job.finished >= self.start and job.phase in FINISHED_PHASES:
            self._ended(job, min(STEPS - 1, self._step_of(job.finished)))

    def _ended(self, job: Run, step: int) -> None:
        self.finished[step] += 1
        if job.phase == "Failed":
            self.failed[step] += 1
            self.reasons[job.reason or "Unknown"] += 1
        if job.memory_limit and job.memory_peak:
            self.requested[step] += job.memory_limit
            self.peak[step] += job.memory_peak

    def _during(self, counts: list[int], begin: float, end: float) -> None:
        """Count a job in the steps at whose ends it was between two times; an end of 0 is still to come."""
        first, after = self._step_of(begin), STEPS if end == 0 else self._step_of(end)
        if first < after:
            counts[min(STEPS, first)] += 1
            counts[min(STEPS, after)] -= 1

    def _step_of(self, time: float) -> int:
        return max(0, int((time - self.start) // self.step))


def trend(
    jobs: Iterable[JobEntry], queue: str, now: float, hours: int, past: Iterable[PastRun] | None = None
) -> QueueTrend:
    """Return the trend of a queue from the jobs of its namespace, and its past runs if they are known."""
    counts = _Trend(now, hours)
    existing: set[str] = set()
    for job in jobs:
        if job.queue == queue:
            existing.add(job.uid)
            counts.add(job)
    for run in past or ():
        if run.uid not in existing:
            counts.add(run)
    return QueueTrend(
        start=datetime.fromtimestamp(counts.start, UTC),
        step_seconds=counts.step,
        pending=list(accumulate(counts.pending))[:STEPS],
        active=list(accumulate(counts.active))[:STEPS],
        finished=counts.finished,
        failed=counts.failed,
        memory_requested_bytes=counts.requested,
        memory_peak_bytes=counts.peak,
        failures_by_reason=dict(counts.reasons.most_common()),
        includes_history=past is not None,
    )
