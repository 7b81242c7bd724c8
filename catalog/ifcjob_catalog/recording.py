"""Writes rows so that writing them again, late, or by two at once ends the same."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, Table, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ifcjob_catalog.rows import JobRecord, Row, artifact_rows, attempt_rows, job_row, model_row
from ifcjob_catalog.tables import ARTIFACT, ATTEMPT, JOB, MODEL

UIDS_AT_ONCE = 1000


def record(connection: Connection, records: Sequence[JobRecord]) -> None:
    """Write jobs and what belongs to them, in the caller's transaction."""
    newest = _newest(records)
    _write(connection, (job_row(one) for one in newest), _job_upsert(connection))
    _mark_deleted(connection, records)
    # The upsert has locked the rows: what is there now is the newest until we commit.
    there = versions(connection, [one.ifcjob.metadata.uid for one in newest])
    current = [one for one in newest if there[one.ifcjob.metadata.uid] == one.version]
    _write(connection, (row for one in current for row in attempt_rows(one)), _upsert(connection, ATTEMPT))
    _write(connection, (row for one in current for row in artifact_rows(one)), _upsert(connection, ARTIFACT))
    models = {row["sha256"]: row for one in sorted(newest, key=_knows_more) if (row := model_row(one))}
    _write(connection, (models[sha256] for sha256 in sorted(models)), _model_upsert(connection))


def _newest(records: Sequence[JobRecord]) -> list[JobRecord]:
    """Return one record a job, in the order that all writers lock rows in."""
    newest = {one.ifcjob.metadata.uid: one for one in sorted(records, key=lambda one: one.version)}
    return [newest[uid] for uid in sorted(newest)]


def _knows_more(one: JobRecord) -> bool:
    return one.metadata is not None


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
    """Overwrite what is older; keep when it was deleted, and the checksum that only a manifest told."""
    insert = _insert(connection, JOB)
    new = insert.excluded
    values: dict[str, ColumnElement[Any]] = {
        column.name: new[column.name] for column in JOB.columns if column.name not in {"uid", "deleted_at"}
    }
    values["input_sha256"] = func.coalesce(new.input_sha256, JOB.c.input_sha256)
    is_newer = JOB.c.resource_version <= new.resource_version
    return insert.on_conflict_do_update(index_elements=["uid"], set_=values, where=is_newer)


def _model_upsert(connection: Connection) -> Insert:
    """Add what was not known; a file that is read ten thousand times is not written as often."""
    insert = _insert(connection, MODEL)
    new, old = insert.excluded, MODEL.c
    learned = ("bytes", "schema", "metadata")
    return insert.on_conflict_do_update(
        index_elements=["sha256"],
        set_={name: func.coalesce(old[name], new[name]) for name in learned},
        where=or_(*(old[name].is_(None) & new[name].is_not(None) for name in learned)),
    )


def _mark_deleted(connection: Connection, records: Sequence[JobRecord]) -> None:
    """Write when a job was deleted, whatever its version; the first time stays."""
    gone = [{"gone": one.ifcjob.metadata.uid, "at": one.deleted_at} for one in records if one.deleted_at]
    if gone:
        is_one = (JOB.c.uid == bindparam("gone"), JOB.c.deleted_at.is_(None))
        connection.execute(update(JOB).where(*is_one).values(deleted_at=bindparam("at")), gone)


def versions(connection: Connection, uids: Sequence[str]) -> dict[str, int]:
    """Return the resource versions of those that are written."""
    found: dict[str, int] = {}
    for start in range(0, len(uids), UIDS_AT_ONCE):
        some = uids[start : start + UIDS_AT_ONCE]
        rows = connection.execute(select(JOB.c.uid, JOB.c.resource_version).where(JOB.c.uid.in_(some)))
        found.update((uid, version) for uid, version in rows)
    return found
