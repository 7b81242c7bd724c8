"""Runs of the history: when IfcJobs of a queue waited, ran and ended, for charts of its past hours."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from ifcjob_catalog.history import job_end
from ifcjob_catalog.tables import ATTEMPT, JOB

MOST_RUNS = 20_000
"""A week of a busy queue has more, which would take seconds to read: the newest are returned."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """An IfcJob that has finished or was deleted. Times are seconds since 1970; 0 while unset."""

    uid: str
    phase: str
    reason: str | None
    created: float
    started: float
    finished: float
    """Its end, or its deletion before that."""
    memory_limit: int
    """Of the last attempt; 0 without one."""
    memory_peak: int


def past_runs(connection: Connection, namespace: str, queue: str, since: datetime) -> list[PastRun]:
    """Return the IfcJobs of a queue that ended since a time, newest end first."""
    attempts = ATTEMPT.alias()
    newest = select(func.max(attempts.c.number)).where(attempts.c.uid == JOB.c.uid).correlate(JOB).scalar_subquery()
    last = and_(ATTEMPT.c.uid == JOB.c.uid, ATTEMPT.c.number == newest)
    jobs = (JOB.c.uid, JOB.c.phase, JOB.c.reason, JOB.c.created_at, JOB.c.started_at, job_end)
    selected = select(*jobs, ATTEMPT.c.memory_limit_bytes, ATTEMPT.c.peak_memory_bytes)
    conditions = (JOB.c.namespace == namespace, JOB.c.queue == queue, job_end >= since)
    statement = selected.select_from(JOB.outerjoin(ATTEMPT, last)).where(*conditions)
    rows = connection.execute(statement.order_by(job_end.desc()).limit(MOST_RUNS))
    return [
        PastRun(uid, phase, reason, _seconds(created), _seconds(started), _seconds(ended), limit or 0, peak or 0)
        for uid, phase, reason, created, started, ended, limit, peak in rows
    ]


def _seconds(time: datetime | None) -> float:
    return time.timestamp() if time else 0.0
