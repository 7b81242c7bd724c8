"""Reads a job's manifest.json and metadata.json, and looks for the manifest of an attempt."""

import asyncio
from typing import Any

import orjson
from pydantic import ValidationError

from ifcjob.destination import bucket_and_key, destination_of
from ifcjob.failures import RunFailure
from ifcjob.manifest import MANIFEST, Manifest
from ifcjob.report import Failure
from ifcjob.resource import IfcJob
from ifcjob_backends.storage.job_store import JobStore

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
    manifest = await parsed_manifest(answer.body) if answer.status == 200 else None
    if manifest is None or all(artifact.name != METADATA for artifact in manifest.artifacts):
        return manifest, None
    answer = await store.get(bucket, f"{key.rpartition('/')[0]}/{METADATA}", MAX_METADATA_BYTES)
    try:
        return manifest, orjson.loads(answer.body) if answer.status == 200 else None
    except orjson.JSONDecodeError:
        return manifest, None


async def has_published(store: JobStore | None, ifcjob: IfcJob, attempt: int) -> bool | Failure:
    """Return whether an attempt's own manifest is in the object store; a Failure when the store does not answer.

    It is uploaded last: if it is there, all artifacts are. False for a volume, which the operator cannot read.
    """
    place = destination_of(ifcjob, attempt, store.output_bucket if store else None)
    if store is None or place is None or place.scheme != "s3":
        return False
    try:
        answer = await store.get(place.place, f"{place.path}/{MANIFEST}", MAX_MANIFEST_BYTES)
    except RunFailure as error:
        failure = Failure.of(error)
        return failure if failure.retryable else False
    manifest = await parsed_manifest(answer.body) if answer.status == 200 else None
    return manifest is not None and _is_of(manifest, ifcjob)


async def parsed_manifest(body: bytes) -> Manifest | None:
    """Parse a manifest, in a thread because it may be large; None when it is none."""
    try:
        return await asyncio.to_thread(Manifest.model_validate_json, body)
    except ValidationError:
        return None


def _is_of(manifest: Manifest, ifcjob: IfcJob) -> bool:
    """Whether a manifest may be of this IfcJob; its folder has only the first digits of the uid in its name."""
    known = ifcjob.status.input.sha256 if ifcjob.status.input else None
    return manifest.uid in (None, ifcjob.metadata.uid) and known in (None, manifest.input.sha256)
