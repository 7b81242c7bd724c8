"""Reads a job's manifest.json and metadata.json for the catalog."""

from typing import Any

import orjson
from pydantic import ValidationError

from ifcjob.manifest import Manifest
from ifcjob.resource import IfcJob
from ifcjob_backends.storage.job_store import JobStore
from ifcjob_operator.planning.destination import bucket_and_key

MAX_MANIFEST_BYTES = 64 * 2**20
"""A manifest that lists a hundred thousand skipped elements has 10 MiB."""
MAX_METADATA_BYTES = 8 * 2**20
METADATA = "metadata.json"

Artifacts = tuple[Manifest | None, dict[str, Any] | None]


async def artifacts_of(store: JobStore | None, ifcjob: IfcJob) -> Artifacts:
    """Return manifest and metadata of a job's artifacts; RunFailure when the store is unavailable.

    None for a missing document, for artifacts on a volume, and for those of another job (a cache hit).
    """
    status = ifcjob.status
    if store is None or status.result is None or status.cache_hit or not status.result.manifest.startswith("s3://"):
        return None, None
    bucket, key = bucket_and_key(status.result.manifest)
    answer = await store.get(bucket, key, MAX_MANIFEST_BYTES)
    try:
        manifest = Manifest.model_validate_json(answer.body) if answer.status == 200 else None
    except ValidationError:
        return None, None
    if manifest is None or all(artifact.name != METADATA for artifact in manifest.artifacts):
        return manifest, None
    answer = await store.get(bucket, f"{key.rpartition('/')[0]}/{METADATA}", MAX_METADATA_BYTES)
    try:
        return manifest, orjson.loads(answer.body) if answer.status == 200 else None
    except orjson.JSONDecodeError:
        return manifest, None
