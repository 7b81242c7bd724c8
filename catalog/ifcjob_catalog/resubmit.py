"""Manifests of IfcJobs in the history, to resubmit them: unfinished ones of a lost cluster, or a selection."""

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
class Selection:
    """Selects IfcJobs; the default is those that are neither finished nor deleted."""

    namespaces: Sequence[str] = ()
    """Only IfcJobs of these namespaces; empty means all."""
    since: datetime | None = None
    """Only IfcJobs whose last known change is not older."""
    failed: bool = False
    """Include failed IfcJobs."""
    deleted: bool = False
    """Include IfcJobs that were deleted before they finished."""
    uids: Sequence[str] = ()
    """Only these IfcJobs, in any state, even if a newer IfcJob has the same name."""
    refresh: bool = False
    """Run them even if a cached result exists."""


def to_resubmit(connection: Connection, selection: Selection) -> list[Manifest]:
    """Return the manifests, oldest first, because queues admit by age."""
    columns = (JOB.c.namespace, JOB.c.name, JOB.c.labels, JOB.c.annotations, JOB.c.spec)
    in_order = (JOB.c.created_at, JOB.c.resource_version)
    selected = connection.execute(select(*columns).where(*_conditions(selection)).order_by(*in_order))
    # A cancelled IfcJob would end at once, so it is only resubmitted when selected by uid.
    rows = [row for row in selected if selection.uids or not row.spec.get("cancel")]
    return [_manifest(row, refresh=selection.refresh) for row in rows]


def _conditions(selection: Selection) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if selection.namespaces:
        conditions.append(JOB.c.namespace.in_(selection.namespaces))
    if selection.since is not None:
        times = (JOB.c.deleted_at, JOB.c.finished_at, JOB.c.started_at, JOB.c.admitted_at, JOB.c.created_at)
        conditions.append(func.coalesce(*times) >= selection.since)
    if selection.uids:
        return [*conditions, JOB.c.uid.in_(selection.uids)]
    unfinished = JOB.c.phase.not_in(FINISHED_PHASES)
    kinds = [unfinished if selection.deleted else and_(unfinished, JOB.c.deleted_at.is_(None))]
    if selection.failed:
        kinds.append(JOB.c.phase == "Failed")
    return [*conditions, or_(*kinds), _is_newest_of_its_name()]


def _is_newest_of_its_name() -> ColumnElement[bool]:
    """Exclude IfcJobs that were resubmitted already, whatever the outcome."""
    later = JOB.alias("later")
    same_name = (later.c.namespace == JOB.c.namespace, later.c.name == JOB.c.name)
    same_second = and_(later.c.created_at == JOB.c.created_at, later.c.resource_version > JOB.c.resource_version)
    return ~exists().where(*same_name, or_(later.c.created_at > JOB.c.created_at, same_second))


def _manifest(row: Any, *, refresh: bool) -> Manifest:
    metadata: Manifest = {"name": row.name, "namespace": row.namespace}
    metadata |= {name: value for name, value in (("labels", row.labels), ("annotations", row.annotations)) if value}
    spec = {name: value for name, value in row.spec.items() if name != "cancel"}
    if refresh and spec.get("cache") != "Off":
        spec["cache"] = "Refresh"
    return {"apiVersion": API_VERSION, "kind": "IfcJob", "metadata": metadata, "spec": spec}
