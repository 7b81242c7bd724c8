"""Pages of the history: finished and deleted IfcJobs of a namespace, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from ifcjob.status import FINISHED_PHASES
from ifcjob_catalog.rows import Row
from ifcjob_catalog.tables import ARTIFACT, ATTEMPT, JOB

job_end: ColumnElement[datetime | None] = func.coalesce(JOB.c.finished_at, JOB.c.deleted_at)
_COLUMNS = (
    *(JOB.c[name] for name in ("uid", "namespace", "name", "queue", "priority", "phase", "reason", "message")),
    *(JOB.c[name] for name in ("source_uri", "source_bytes", "input_sha256", "cache_hit", "result_manifest")),
    *(JOB.c[name] for name in ("created_at", "started_at", "finished_at", "deleted_at", "retries", "labels")),
    *(JOB.c[name] for name in ("annotations", "result_manifest_sha256")),
)


@dataclass(frozen=True)
class HistoryQuery:
    """Selects IfcJobs of the history."""

    phases: Sequence[str] = ()
    """Only these phases; empty means all."""
    queue: str | None = None
    sha256: str | None = None
    text: str = ""
    """Part of the name or of the source's URI."""
    limit: int = 50
    after: tuple[datetime, str] | None = None
    """End time and uid of the last IfcJob of the page before."""
    name: str | None = None


def history_page(connection: Connection, namespace: str, query: HistoryQuery) -> list[Row]:
    """Return up to `limit` IfcJobs that are finished or deleted, newest end first."""
    return [dict(row) for row in connection.execute(history_statement(namespace, query)).mappings()]


def history_statement(namespace: str, query: HistoryQuery) -> Select[Any]:
    """Return the statement of a page."""
    order = (job_end.desc(), JOB.c.uid.desc())
    selected = select(*_COLUMNS, job_end.label("ended_at")).where(*_conditions(namespace, query))
    return selected.order_by(*order).limit(query.limit)


def history_job(connection: Connection, namespace: str, uid: str) -> Row | None:
    """Return one IfcJob with its spec, all its attempts and its artifacts, whatever its phase."""
    job = connection.execute(select(JOB).where(JOB.c.namespace == namespace, JOB.c.uid == uid)).mappings().first()
    if job is None:
        return None
    attempts = connection.execute(select(ATTEMPT).where(ATTEMPT.c.uid == uid).order_by(ATTEMPT.c.number)).mappings()
    artifacts = connection.execute(select(ARTIFACT).where(ARTIFACT.c.uid == uid).order_by(ARTIFACT.c.name)).mappings()
    return dict(job) | {"attempts": [dict(row) for row in attempts], "artifacts": [dict(row) for row in artifacts]}


def _conditions(namespace: str, query: HistoryQuery) -> list[ColumnElement[bool]]:
    conditions = [
        JOB.c.namespace == namespace,
        or_(JOB.c.phase.in_(FINISHED_PHASES), JOB.c.deleted_at.is_not(None)),
        job_end.is_not(None),
    ]
    if query.phases:
        conditions.append(JOB.c.phase.in_(query.phases))
    if query.queue is not None:
        conditions.append(JOB.c.queue == query.queue)
    if query.sha256 is not None:
        conditions.append(JOB.c.input_sha256 == query.sha256)
    if query.name is not None:
        conditions.append(JOB.c.name == query.name)
    if query.text:
        places = (JOB.c.name, JOB.c.source_uri)
        conditions.append(or_(*(place.icontains(query.text, autoescape=True) for place in places)))
    if query.after is not None:
        ended_at, uid = query.after
        conditions.append(or_(job_end < ended_at, and_(job_end == ended_at, JOB.c.uid < uid)))
    return conditions
