"""The deliveries of a transition, for the transaction that records it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from ifcjob.notifications import JobEvent, events_of
from ifcjob.status import FINISHED_PHASES
from ifcjob_catalog.notifications.delivery import deliveries
from ifcjob_catalog.rows import JobRecord, Row, artifact_rows, storable
from ifcjob_catalog.tables import JOB

Recorded = dict[str, tuple[bool, bool]]
"""By uid: whether the stored IfcJob has started, and whether it has finished."""
_NOTHING = (False, False)


def recorded_events(connection: Connection, records: Sequence[JobRecord]) -> Recorded:
    """Return what is stored of the IfcJobs that have notifications, before these records are written."""
    uids = [record.ifcjob.metadata.uid for record in records if record.notifications]
    if not uids:
        return {}
    rows = connection.execute(select(JOB.c.uid, JOB.c.started_at, JOB.c.phase).where(JOB.c.uid.in_(uids)))
    return {uid: (started_at is not None, phase in FINISHED_PHASES) for uid, started_at, phase in rows}


def notification_rows(records: Iterable[JobRecord], before: Recorded) -> list[Row]:
    """Return a row per delivery of each event that is new in these records."""
    now = datetime.now(UTC)
    rows: list[Row] = []
    for record in records:
        if not record.notifications:
            continue
        had = before.get(record.ifcjob.metadata.uid, _NOTHING)
        events = {event: time for event, time in events_of(record.ifcjob.status).items() if not _is_in(event, had)}
        artifacts = [row["uri"] for row in artifact_rows(record)] if events else []
        for delivery in deliveries(record.ifcjob, events, record.notifications, now, artifacts):
            identity = {"uid": record.ifcjob.metadata.uid, "created_at": now, "next_at": now}
            rows.append(asdict(delivery) | identity | {"body": storable(delivery.body)})
    return rows


def _is_in(event: JobEvent, had: tuple[bool, bool]) -> bool:
    started, finished = had
    return started if event == "started" else finished
