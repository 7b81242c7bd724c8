"""IfcJobs as the operator passes them to the catalog, with defaults for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ifcjob.manifest import Artifact, Input, Manifest
from ifcjob.status import IfcJobStatus, ObservedInput
from ifcjob_catalog import JobRecord
from ifcjob_catalog.connection import database_url, engine_for
from tests.support.builders import RESULT, SHA256, ago, an_attempt, an_ifcjob

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select

    from ifcjob.status import Attempt

FILE = ObservedInput(uri="s3://models/house.ifc", bytes=1_000_000, etag="e1", sha256=SHA256)
KEY = "c" * 64


def succeeded(**fields: Any) -> IfcJobStatus:
    """Return the status of a job that succeeded in one attempt."""
    values: dict[str, Any] = {
        "phase": "Succeeded",
        "input": FILE,
        "result": RESULT,
        "content_key": KEY,
        "finished_at": ago(10),
        "attempts": [an_attempt(1, finished_at=ago(10), reason="Succeeded", peak_memory_bytes=5_000_000)],
    }
    return IfcJobStatus.model_validate(values | fields)


def out_of_memory(limit: str, number: int = 1) -> Attempt:
    """Return an attempt that ran out of memory."""
    return an_attempt(number, finished_at=ago(20), reason="OutOfMemory", memory_limit=limit, peak_memory_bytes=1)


def a_record(
    uid: str = "u-1",
    version: int = 1,
    status: IfcJobStatus | None = None,
    *,
    spec: dict[str, Any] | None = None,
    **fields: Any,
) -> JobRecord:
    """Return a record of an IfcJob; fields are those of JobRecord."""
    ifcjob = an_ifcjob(f"job-{uid}", status=status, **(spec or {}))
    metadata = ifcjob.metadata.model_copy(update={"uid": uid, "resource_version": str(version)})
    return JobRecord(ifcjob.model_copy(update={"metadata": metadata}), **fields)


def a_manifest(sha256: str = SHA256) -> Manifest:
    """Return a manifest with two artifacts."""
    artifacts = [
        Artifact(name="metadata.json", media_type="application/json", bytes=10, sha256="1" * 64),
        Artifact(name="model.glb", media_type="model/gltf-binary", bytes=20, sha256="2" * 64),
    ]
    return Manifest(
        input=Input(uri=FILE.uri, sha256=sha256, bytes=1_000_000),
        engine={},
        options={},
        artifacts=artifacts,
        stages=[],
        cpu_seconds=1,
        peak_memory_bytes=1,
        findings=[],
    )


def rows(url: str, question: Select[Any]) -> Sequence[Any]:
    """Query the database directly."""
    engine = engine_for(database_url(url))
    try:
        with engine.begin() as connection:
            return connection.execute(question).all()
    finally:
        engine.dispose()
