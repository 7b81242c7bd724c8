"""Idempotent writes of rows: repeated, late and concurrent writes have the same result."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, Table, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ifcjob_catalog.notifications.outbox import notification_rows, recorded_events
from ifcjob_catalog.rows import JobRecord, Row, artifact_rows, attempt_rows, job_row, model_row
from ifcjob_catalog.tables import ARTIFACT, ATTEMPT, JOB, MODEL, NOTIFICATION

UIDS_AT_ONCE = 1000


def record(connection: Connection, records: Sequence[JobRecord]) -> None:
    """Write jobs with their attempts, artifacts, models and notifications, in the caller's transaction."""
    newest = _newest(records)
    before = recorded_events(connection, newest)
    _write(connection, (job_row(record) for record in newest), _job_upsert(connection))
    _mark_deleted(connection, records)
    # The upsert has locked the rows: the stored versions cannot change until the commit.
    stored = versions(connection, [record.ifcjob.metadata.uid for record in newest])
    current = [record for record in newest if stored[record.ifcjob.metadata.uid] == record.version]
    _write(connection, (row for record in current for row in attempt_rows(record)), _upsert(connection, ATTEMPT))
    _write(connection, (row for record in current for row in artifact_rows(record)), _upsert(connection, ARTIFACT))
    once = _insert(connection, NOTIFICATION).on_conflict_do_nothing()
    _write(connection, notification_rows(current, before), once)
    models = {row["sha256"]: row for record in sorted(newest, key=_has_metadata) if (row := model_row(record))}
    _write(connection, (models[sha256] for sha256 in sorted(models)), _model_upsert(connection))


def _newest(records: Sequence[JobRecord]) -> list[JobRecord]:
    """Return the newest record per job, in the order in which all writers lock rows."""
    newest = {record.ifcjob.metadata.uid: record for record in sorted(records, key=lambda record: record.version)}
    return [newest[uid] for uid in sorted(newest)]


def _has_metadata(record: JobRecord) -> bool:
    return record.metadata is not None


def _write(connection: Connection, rows: Iterable[Row], statement: Insert) -> None:
    values = list(rows)
    if values:
        connection.execute(statement, values)


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _upsert(connection: Connection, table: Table) -> Insert:
    keys = [column.name for column in table.primary_key]
    insert = _insert(connection, table)
    values = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=values)


def _job_upsert(connection: Connection) -> Insert:
    """Overwrite older rows; keep the deletion time, and a checksum that only a manifest contained."""
    insert = _insert(connection, JOB)
    new = insert.excluded
    values: dict[str, ColumnElement[Any]] = {
        column.name: new[column.name] for column in JOB.columns if column.name not in {"uid", "deleted_at"}
    }
    values["input_sha256"] = func.coalesce(new.input_sha256, JOB.c.input_sha256)
    is_newer = JOB.c.resource_version <= new.resource_version
    return insert.on_conflict_do_update(index_elements=["uid"], set_=values, where=is_newer)


def _model_upsert(connection: Connection) -> Insert:
    """Fill in missing values only, so that a model is not rewritten for each run that reads it."""
    insert = _insert(connection, MODEL)
    new, old = insert.excluded, MODEL.c
    optional = ("bytes", "schema", "metadata")
    return insert.on_conflict_do_update(
        index_elements=["sha256"],
        set_={name: func.coalesce(old[name], new[name]) for name in optional},
        where=or_(*(old[name].is_(None) & new[name].is_not(None) for name in optional)),
    )


def _mark_deleted(connection: Connection, records: Sequence[JobRecord]) -> None:
    """Write deletion times, independent of the version; an existing time is kept."""
    deleted = [{"job": record.ifcjob.metadata.uid, "at": record.deleted_at} for record in records if record.deleted_at]
    if deleted:
        matches = (JOB.c.uid == bindparam("job"), JOB.c.deleted_at.is_(None))
        connection.execute(update(JOB).where(*matches).values(deleted_at=bindparam("at")), deleted)


def versions(connection: Connection, uids: Sequence[str]) -> dict[str, int]:
    """Return the stored resource versions by uid."""
    stored: dict[str, int] = {}
    for start in range(0, len(uids), UIDS_AT_ONCE):
        batch = uids[start : start + UIDS_AT_ONCE]
        rows = connection.execute(select(JOB.c.uid, JOB.c.resource_version).where(JOB.c.uid.in_(batch)))
        stored.update((uid, version) for uid, version in rows)
    return stored
