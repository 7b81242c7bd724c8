"""IfcJobs of the history as manifests to submit again: those a lost cluster had not finished, and others on demand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from ifcjob.resource import API_VERSION
from ifcjob.status import FINISHED_PHASES
from ifcjob_catalog.tables import JOB

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which IfcJobs; without anything else those that have not finished and were not deleted."""

    namespaces: Sequence[str] = ()
    """Only those of these namespaces; empty: of all."""
    since: datetime | None = None
    """Only those of which the last that is known happened since."""
    failed: bool = False
    """Those that failed, too."""
    deleted: bool = False
    """Those that were deleted before they finished, too."""
    uids: Sequence[str] = ()
    """These and no others, whatever became of them and whether or not their names were used since."""
    refresh: bool = False
    """Have them run even where there is a former result."""


def to_resubmit(connection: Connection, wanted: Wanted) -> list[Manifest]:
    """Return their manifests, the oldest first: age decides who is first in a queue."""
    columns = (JOB.c.namespace, JOB.c.name, JOB.c.labels, JOB.c.annotations, JOB.c.spec)
    in_order = (JOB.c.created_at, JOB.c.resource_version)
    found = connection.execute(select(*columns).where(*_conditions(wanted)).order_by(*in_order))
    # A cancelled one would end at once; who names it by its uid wants it all the same.
    rows = [row for row in found if wanted.uids or not row.spec.get("cancel")]
    return [_manifest(row, refresh=wanted.refresh) for row in rows]


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.namespaces:
        conditions.append(JOB.c.namespace.in_(wanted.namespaces))
    if wanted.since is not None:
        moments = (JOB.c.deleted_at, JOB.c.finished_at, JOB.c.started_at, JOB.c.admitted_at, JOB.c.created_at)
        conditions.append(func.coalesce(*moments) >= wanted.since)
    if wanted.uids:
        return [*conditions, JOB.c.uid.in_(wanted.uids)]
    unfinished = JOB.c.phase.not_in(FINISHED_PHASES)
    kinds = [unfinished if wanted.deleted else and_(unfinished, JOB.c.deleted_at.is_(None))]
    if wanted.failed:
        kinds.append(JOB.c.phase == "Failed")
    return [*conditions, or_(*kinds), _is_the_last_of_its_name()]


def _is_the_last_of_its_name() -> ColumnElement[bool]:
    """Leave out what was submitted again already, whatever has become of that."""
    later = JOB.alias("later")
    same_name = (later.c.namespace == JOB.c.namespace, later.c.name == JOB.c.name)
    same_second = and_(later.c.created_at == JOB.c.created_at, later.c.resource_version > JOB.c.resource_version)
    return ~exists().where(*same_name, or_(later.c.created_at > JOB.c.created_at, same_second))


def _manifest(row: Any, *, refresh: bool) -> Manifest:
    metadata: Manifest = {"name": row.name, "namespace": row.namespace}
    metadata |= {name: what for name, what in (("labels", row.labels), ("annotations", row.annotations)) if what}
    spec = {name: value for name, value in row.spec.items() if name != "cancel"}
    if refresh and spec.get("cache") != "Off":
        spec["cache"] = "Refresh"
    return {"apiVersion": API_VERSION, "kind": "IfcJob", "metadata": metadata, "spec": spec}
