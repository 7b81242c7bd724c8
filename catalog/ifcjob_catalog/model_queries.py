"""Queries of the API: the newest result of each model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from ifcjob.report import Summary
from ifcjob.status import Result
from ifcjob_catalog.tables import JOB


@dataclass(frozen=True)
class RecordedResult:
    """The result of a job that succeeded, also of one that the cluster has forgotten."""

    sha256: str
    """The model: SHA-256 of the IFC file."""
    namespace: str
    name: str
    uid: str
    finished_at: datetime
    result: Result
    annotations: dict[str, str]
    source_uri: str | None


def result_namespaces(connection: Connection) -> set[str]:
    """Return the namespaces in which jobs have succeeded."""
    return set(connection.scalars(select(JOB.c.namespace).where(JOB.c.phase == "Succeeded").distinct()))


def newest_results(
    connection: Connection, namespaces: Sequence[str], sha256: str | None, limit: int
) -> list[RecordedResult]:
    """Return the newest result per model in these namespaces, newest first; of one model with `sha256`."""
    columns = (
        "input_sha256",
        "namespace",
        "name",
        "uid",
        "finished_at",
        "result_manifest",
        "result_manifest_sha256",
        "source_uri",
    )
    rank = func.row_number().over(partition_by=JOB.c.input_sha256, order_by=(JOB.c.finished_at.desc(), JOB.c.uid))
    has_result = (JOB.c.phase == "Succeeded", JOB.c.result_manifest.is_not(None), JOB.c.finished_at.is_not(None))
    of_model = JOB.c.input_sha256.is_not(None) if sha256 is None else JOB.c.input_sha256 == sha256
    ranked = (
        select(*(JOB.c[name] for name in columns), JOB.c.summary, JOB.c.annotations, rank.label("rank"))
        .where(*has_result, of_model, JOB.c.namespace.in_(namespaces))
        .subquery()
    )
    newest = select(ranked).where(ranked.c.rank == 1).order_by(ranked.c.finished_at.desc(), ranked.c.input_sha256)
    return [
        RecordedResult(
            sha256=row.input_sha256,
            namespace=row.namespace,
            name=row.name,
            uid=row.uid,
            finished_at=row.finished_at,
            result=Result(
                manifest=row.result_manifest,
                manifest_sha256=row.result_manifest_sha256,
                summary=Summary.model_validate(row.summary or {}),
            ),
            annotations=row.annotations or {},
            source_uri=row.source_uri,
        )
        for row in connection.execute(newest.limit(limit))
    ]
