"""Convert an IfcJob into rows of the catalog; pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from ifcjob.manifest import Manifest
from ifcjob.notifications import Notification
from ifcjob.quantity import as_bytes
from ifcjob.resource import IfcJob
from ifcjob.status import Attempt

Row = dict[str, Any]
BY_RELEVANCE = ("Failed", "Complete", "Running", "Admitted", "Accepted")
"""Condition types, most relevant first."""
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Annotation with a copy of the whole manifest."""


@dataclass(frozen=True)
class JobRecord:
    """One observed IfcJob, with the manifest and metadata of its run, if any."""

    ifcjob: IfcJob
    manifest: Manifest | None = None
    metadata: dict[str, Any] | None = None
    """metadata.json of the model that was read."""
    deleted_at: datetime | None = None
    spec: dict[str, Any] | None = None
    """The spec as stored in the cluster, with fields that this release does not know; None means `ifcjob.spec`."""
    notifications: Sequence[Notification] = ()
    """Those of the IfcJob and of its queue."""

    @property
    def version(self) -> int:
        """Return the resource version, which Kubernetes guarantees to be comparable as a number."""
        return int(self.ifcjob.metadata.resource_version or 0)


def job_row(record: JobRecord) -> Row:
    """Return the row of the job."""
    metadata, spec, status = record.ifcjob.metadata, record.ifcjob.spec, record.ifcjob.status
    source, result = status.input, status.result
    reason, message = _reason_and_message(record.ifcjob)
    return _row(
        {
            "uid": metadata.uid,
            "namespace": metadata.namespace,
            "name": metadata.name,
            "queue": spec.queue,
            "priority": spec.priority,
            "phase": status.phase,
            "reason": reason,
            "message": message,
            "generation": metadata.generation,
            "source_uri": source.uri if source else None,
            "source_etag": source.etag if source else None,
            "source_bytes": source.bytes if source else None,
            "input_sha256": record.manifest.input.sha256 if record.manifest else source and source.sha256,
            "content_key": status.content_key,
            "cache_hit": status.cache_hit,
            "result_manifest": result.manifest if result else None,
            "result_manifest_sha256": result.manifest_sha256 if result else None,
            "summary": _document(result.summary) if result else None,
            "failure": _document(status.failure),
            "created_at": metadata.creation_timestamp,
            "admitted_at": status.admitted_at,
            "started_at": status.started_at,
            "finished_at": status.finished_at,
            "deleted_at": record.deleted_at,
            "retries": status.retries,
            "infra_restarts": status.infra_restarts,
            "resource_version": record.version,
            "spec": _document(spec) if record.spec is None else record.spec,
            "labels": metadata.labels or None,
            "annotations": {name: text for name, text in metadata.annotations.items() if name != LAST_APPLIED} or None,
        }
    )


def attempt_rows(record: JobRecord) -> list[Row]:
    """Return one row per attempt in the status."""
    uid = record.ifcjob.metadata.uid
    return [
        _row(attempt.model_dump(exclude={"cpu_limit"}) | {"uid": uid, "memory_limit_bytes": _limit(attempt)})
        for attempt in record.ifcjob.status.attempts
    ]


def artifact_rows(record: JobRecord) -> list[Row]:
    """Return one row per artifact, if the manifest is known."""
    result = record.ifcjob.status.result
    if record.manifest is None or result is None:
        return []
    # The artifacts are beside the attempt's own manifest, not beside the committed copy.
    folder = result.manifest.rpartition("/")[0]
    return [
        _row(artifact.model_dump() | {"uid": record.ifcjob.metadata.uid, "uri": f"{folder}/{artifact.name}"})
        for artifact in record.manifest.artifacts
    ]


def model_row(record: JobRecord, now: datetime | None = None) -> Row | None:
    """Return the row of the model if a run has read the file; checksums given by users do not count."""
    status = record.ifcjob.status
    if status.phase != "Succeeded" or status.cache_hit or status.result is None:
        return None
    read, summary = record.manifest and record.manifest.input, status.result.summary
    sha256 = read.sha256 if read else status.input and status.input.sha256
    if not sha256:
        return None
    return _row(
        {
            "sha256": sha256,
            "bytes": read.bytes if read else summary.input_bytes,
            "schema": summary.schema_name,
            "metadata": record.metadata,
            "first_seen_at": status.finished_at or now or datetime.now(UTC),
        }
    )


def storable(value: Any) -> Any:
    """Replace values that PostgreSQL rejects (NUL, lone surrogates, NaN), because one would fail a whole batch."""
    match value:
        case str():
            return value.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")
        case dict():
            return {storable(name): storable(inner) for name, inner in value.items()}
        case list() | tuple():
            return [storable(inner) for inner in value]
        case float() if not math.isfinite(value):
            return None
        case _:
            return value


def _row(values: Row) -> Row:
    return {name: storable(value) for name, value in values.items()}


def _document(value: BaseModel | None) -> Row | None:
    return None if value is None else value.model_dump(mode="json", by_alias=True, exclude_none=True)


def _reason_and_message(ifcjob: IfcJob) -> tuple[str | None, str | None]:
    """Return reason and message of the most relevant condition."""
    status = ifcjob.status
    if status.failure is not None and status.phase == "Failed":
        return status.failure.reason, status.failure.message
    conditions = (status.condition(kind) for kind in BY_RELEVANCE)  # type: ignore[arg-type]
    condition = next((condition for condition in conditions if condition is not None), None)
    return (condition.reason, condition.message) if condition else (None, None)


def _limit(attempt: Attempt) -> int | None:
    try:
        return as_bytes(attempt.memory_limit)
    except ValueError:
        return None
