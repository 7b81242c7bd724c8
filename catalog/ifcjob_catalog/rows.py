"""Pure: an IfcJob as the rows of the catalog."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from ifcjob.manifest import Manifest
from ifcjob.quantity import as_bytes
from ifcjob.resource import IfcJob
from ifcjob.status import Attempt

Row = dict[str, Any]
DECIDING = ("Failed", "Complete", "Running", "Admitted", "Accepted")
"""The conditions, the one that says most about a job first."""
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""The whole manifest once more."""


@dataclass(frozen=True)
class JobRecord:
    """One IfcJob as it was seen, and what its run left when it has one."""

    ifcjob: IfcJob
    manifest: Manifest | None = None
    metadata: dict[str, Any] | None = None
    """metadata.json of the model that was read."""
    deleted_at: datetime | None = None
    spec: dict[str, Any] | None = None
    """Its spec as the cluster has it, with what this release does not know; None: as it was read."""

    @property
    def version(self) -> int:
        """Return the resource version; Kubernetes promises that they can be compared as numbers."""
        return int(self.ifcjob.metadata.resource_version or 0)


def job_row(record: JobRecord) -> Row:
    """Return the row of the job."""
    metadata, spec, status = record.ifcjob.metadata, record.ifcjob.spec, record.ifcjob.status
    found, result = status.input, status.result
    reason, message = _why(record.ifcjob)
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
            "source_uri": found.uri if found else None,
            "source_etag": found.etag if found else None,
            "source_bytes": found.bytes if found else None,
            "input_sha256": record.manifest.input.sha256 if record.manifest else found and found.sha256,
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
    """Return a row for each attempt that the status still has."""
    uid = record.ifcjob.metadata.uid
    return [
        _row(attempt.model_dump() | {"uid": uid, "memory_limit_bytes": _limit(attempt)})
        for attempt in record.ifcjob.status.attempts
    ]


def artifact_rows(record: JobRecord) -> list[Row]:
    """Return a row for each artifact, when the manifest is at hand."""
    result = record.ifcjob.status.result
    if record.manifest is None or result is None:
        return []
    # What is committed for people to find names a folder below it; the attempt's own lies beside the files.
    folder = result.manifest.rpartition("/")[0]
    return [
        _row(artifact.model_dump() | {"uid": record.ifcjob.metadata.uid, "uri": f"{folder}/{artifact.name}"})
        for artifact in record.manifest.artifacts
    ]


def model_row(record: JobRecord, now: datetime | None = None) -> Row | None:
    """Return the row of the model, once a run has read it; what only a user says of a file is not known."""
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
    """Replace what a file may contain and PostgreSQL cannot: NUL, lone surrogates, NaN; one would stop a batch."""
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


def _why(ifcjob: IfcJob) -> tuple[str | None, str | None]:
    """Return reason and message of the condition that says most."""
    status = ifcjob.status
    if status.failure is not None and status.phase == "Failed":
        return status.failure.reason, status.failure.message
    conditions = (status.condition(kind) for kind in DECIDING)  # type: ignore[arg-type]
    said = next((one for one in conditions if one is not None), None)
    return (said.reason, said.message) if said else (None, None)


def _limit(attempt: Attempt) -> int | None:
    try:
        return as_bytes(attempt.memory_limit)
    except ValueError:
        return None
