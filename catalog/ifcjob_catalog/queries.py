"""Queries of the operator before it runs a file."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from ifcjob.failures import FailureReason
from ifcjob.report import Summary
from ifcjob.status import FINISHED_PHASES, Result
from ifcjob_catalog.recording import UIDS_AT_ONCE
from ifcjob_catalog.tables import ATTEMPT, JOB, MODEL

RUNS_COMPARED = 300
"""Number of newest runs of a file, or of similar files, that are compared; more cost time without better estimates."""
QUANTILE = 0.95


@dataclass(frozen=True)
class EarlierResult:
    """The result of an earlier job with the same content and options."""

    result: Result
    input_sha256: str | None


@dataclass(frozen=True)
class MemoryHistory:
    """Memory that earlier runs needed; None if unknown."""

    same_file_peak_bytes: int | None = None
    """Highest peak of the same content."""
    same_file_oom_limit_bytes: int | None = None
    """Highest memory limit that the same content exceeded."""
    similar_files: int = 0
    """Number of different files of similar size among the newest runs."""
    similar_files_ratio: float | None = None
    """95th percentile of their memory per byte of input."""


def recorded(connection: Connection, uids: Sequence[str]) -> set[str]:
    """Return the uids that are stored as finished."""
    finished: set[str] = set()
    for start in range(0, len(uids), UIDS_AT_ONCE):
        in_batch = JOB.c.uid.in_(uids[start : start + UIDS_AT_ONCE])
        finished.update(connection.scalars(select(JOB.c.uid).where(in_batch, JOB.c.phase.in_(FINISHED_PHASES))))
    return finished


def find_result(connection: Connection, content_key: str) -> EarlierResult | None:
    """Return the newest result with that key."""
    columns = (JOB.c.result_manifest, JOB.c.result_manifest_sha256, JOB.c.summary, JOB.c.input_sha256)
    matches = (JOB.c.content_key == content_key, JOB.c.phase == "Succeeded", JOB.c.result_manifest.is_not(None))
    row = connection.execute(select(*columns).where(*matches).order_by(JOB.c.finished_at.desc()).limit(1)).first()
    if row is None:
        return None
    summary = Summary.model_validate(row.summary or {})
    result = Result(manifest=row.result_manifest, manifest_sha256=row.result_manifest_sha256, summary=summary)
    return EarlierResult(result, row.input_sha256)


def sha256_of(connection: Connection, source_uri: str, etag: str, size: int) -> str | None:
    """Return the checksum of an object that an earlier run read and that has not changed."""
    same_object = (JOB.c.source_etag == etag, JOB.c.source_uri == source_uri, JOB.c.source_bytes == size)
    was_read = (JOB.c.phase == "Succeeded", ~JOB.c.cache_hit, JOB.c.input_sha256.is_not(None))
    checksum = select(JOB.c.input_sha256).where(*same_object, *was_read).order_by(JOB.c.finished_at.desc()).limit(1)
    return connection.scalar(checksum)


def memory_history(connection: Connection, sha256: str | None, input_bytes: int, schema: str | None) -> MemoryHistory:
    """Return the memory that runs of this content, and of files within a factor two of its size, needed."""
    peak = failed = None
    if sha256 is not None:
        peak = _highest(connection, sha256, ATTEMPT.c.peak_memory_bytes, "Succeeded")
        failed = _highest(connection, sha256, ATTEMPT.c.memory_limit_bytes, FailureReason.OUT_OF_MEMORY.value)
    ratios = sorted(_ratios(connection, input_bytes, schema))
    ratio = ratios[min(len(ratios) - 1, int(QUANTILE * len(ratios)))] if ratios else None
    return MemoryHistory(peak, failed, len(ratios), ratio)


def _highest(connection: Connection, sha256: str, column: ColumnElement[int | None], reason: str) -> int | None:
    has_ended = (JOB.c.input_sha256 == sha256, JOB.c.finished_at.is_not(None))
    newest = select(JOB.c.uid).where(*has_ended).order_by(JOB.c.finished_at.desc()).limit(RUNS_COMPARED).subquery()
    runs = select(func.max(column)).join(newest, newest.c.uid == ATTEMPT.c.uid)
    return connection.scalar(runs.where(ATTEMPT.c.reason == reason))


def _ratios(connection: Connection, input_bytes: int, schema: str | None) -> list[float]:
    """Return the memory per byte of each file of similar size, one value per file."""
    runs = (
        select(JOB.c.input_sha256, JOB.c.uid, ATTEMPT.c.peak_memory_bytes, JOB.c.source_bytes)
        .join(ATTEMPT, ATTEMPT.c.uid == JOB.c.uid)
        .where(
            JOB.c.source_bytes.between(max(1, input_bytes // 2), input_bytes * 2),
            JOB.c.finished_at.is_not(None),
            ATTEMPT.c.reason == "Succeeded",
            ATTEMPT.c.peak_memory_bytes > 0,
        )
    )
    if schema is not None:
        runs = runs.join(MODEL, MODEL.c.sha256 == JOB.c.input_sha256).where(MODEL.c.schema == schema)
    ratios: dict[str, float] = {}
    for sha256, uid, peak, size in connection.execute(runs.order_by(JOB.c.finished_at.desc()).limit(RUNS_COMPARED)):
        ratios[sha256 or uid] = max(peak / size, ratios.get(sha256 or uid, 0.0))
    return list(ratios.values())
