"""Commits one attempt's artifacts as the IfcJob's result: checks its manifest and copies it to the output prefix.

Each attempt writes to its own folder, so one conditional write decides: of an IfcJob's attempts, the first commit
counts, however often it is repeated. Of several IfcJobs with the same prefix, the newest commit counts; the folders of
the others stay.
"""

import asyncio
import hashlib
import json
from dataclasses import dataclass, replace

from ifcjob.destination import Destination, destination_of
from ifcjob.failures import FailureReason, RunFailure
from ifcjob.manifest import MANIFEST, Manifest
from ifcjob.report import Failure, RunReport, Summary
from ifcjob.resource import IfcJob
from ifcjob.status import ObservedInput, Result
from ifcjob_backends.storage.job_store import JobStore
from ifcjob_operator.planning.content_key import content_keys
from ifcjob_operator.planning.observation import Committed
from ifcjob_operator.storage.documents import MAX_MANIFEST_BYTES, parsed_manifest

_TRIES = 5
_FOREIGN_WRITER = "Let only this IfcJob write there, and create it again."


@dataclass(frozen=True)
class _Candidate:
    """An attempt's manifest in its own folder."""

    destination: Destination
    content: bytes
    sha256: str
    manifest: Manifest
    summary: Summary

    @property
    def committed(self) -> Committed:
        result = Result(manifest=self.destination.manifest, manifest_sha256=self.sha256, summary=self.summary)
        return Committed(result, self.manifest.input.sha256, None)


async def commit(
    store: JobStore | None, runner: str, ifcjob: IfcJob, attempt: int, report: RunReport | None
) -> Committed | Failure:
    """Commit an attempt that succeeded; repeating it gives the same result. StorageUnavailable: commit later.

    `runner` is part of the content key.
    """
    destination = destination_of(ifcjob, attempt, store.output_bucket if store else None)
    if destination is not None and destination.scheme == "pvc":
        return _with_content_key(_on_volume(destination, ifcjob, report), ifcjob, runner)
    if store is None or destination is None:
        message = "the operator has no object store to read the artifacts from"
        return Failure.of(RunFailure(FailureReason.OUTPUT_REJECTED, message, hint="Set its S3 endpoint again."))
    try:
        candidate = _checked(await _candidate(store, destination), destination, report)
        return _with_content_key((await _publish(store, ifcjob, candidate)).committed, ifcjob, runner)
    except RunFailure as failure:
        return Failure.of(failure)


def _with_content_key(committed: Committed, ifcjob: IfcJob, runner: str) -> Committed:
    """Set the content key, using the SHA-256 of the input that was read."""
    source = ifcjob.status.input or ObservedInput(uri="")
    read_input = source.model_copy(update={"sha256": committed.input_sha256 or None})
    keys = content_keys(ifcjob.metadata.namespace, ifcjob.spec, read_input, runner)
    return replace(committed, content_key=keys[0] if keys else None)


def _on_volume(destination: Destination, ifcjob: IfcJob, report: RunReport | None) -> Committed:
    """Trust the runner's report: the operator mounts no volumes, and each attempt has its own folder there too."""
    observed_sha256 = ifcjob.status.input.sha256 if ifcjob.status.input else None
    sha256 = (report.input_sha256 if report else None) or observed_sha256 or ifcjob.spec.source.sha256
    result = Result(
        manifest=destination.manifest,
        manifest_sha256=report.manifest_sha256 if report else None,
        summary=report.summary if report else Summary(),
    )
    return Committed(result, sha256, None)


async def _candidate(store: JobStore, destination: Destination) -> _Candidate | None:
    """Read an attempt's manifest; None when it does not exist."""
    answer = await store.get(destination.place, f"{destination.path}/{MANIFEST}", MAX_MANIFEST_BYTES)
    if answer.status == 404:
        return None
    if answer.status != 200:
        message = f"{destination.manifest} cannot be read: HTTP {answer.status} {answer.code}."
        hint = "Let the operator's S3 user read and write the output bucket."
        raise RunFailure(FailureReason.OUTPUT_REJECTED, message, hint=hint)
    manifest = await parsed_manifest(answer.body)
    if manifest is None:
        message = f"{destination.manifest} is not a manifest."
        raise RunFailure(FailureReason.OUTPUT_REJECTED, message, hint=_FOREIGN_WRITER)
    sha256 = hashlib.sha256(answer.body).hexdigest()
    return _Candidate(destination, answer.body, sha256, manifest, manifest.summary or _summary_of(manifest))


def _checked(candidate: _Candidate | None, destination: Destination, report: RunReport | None) -> _Candidate:
    if candidate is None:
        message = f"{destination.manifest} does not exist, although the run has succeeded."
        raise RunFailure(FailureReason.OUTPUT_REJECTED, message, hint=_FOREIGN_WRITER)
    if report is None:  # lost with its pod; the manifest is uploaded last, so the artifacts are complete
        return candidate
    if report.manifest_sha256 is not None and report.manifest_sha256 != candidate.sha256:
        message = (
            f"{destination.manifest} has the SHA-256 {candidate.sha256}, "
            f"but the run reported {report.manifest_sha256}: something else wrote it."
        )
        raise RunFailure(FailureReason.OUTPUT_REJECTED, message, hint=_FOREIGN_WRITER)
    return replace(candidate, summary=report.summary)


async def _publish(store: JobStore, ifcjob: IfcJob, candidate: _Candidate) -> _Candidate:
    """Write the manifest to the prefix; return the committed attempt, which may be another one of this IfcJob."""
    bucket, key = candidate.destination.place, f"{candidate.destination.prefix}/{MANIFEST}"
    copy = await asyncio.to_thread(_copy, candidate, ifcjob)
    condition = {"If-None-Match": "*"}
    for _ in range(_TRIES):
        answer = await store.put(bucket, key, copy, condition)
        if answer.status == 501:
            # No conditional writes. Only the leader commits, so reading before writing is nearly as good.
            if (committed := await _committed(store, ifcjob, candidate.destination)) is not None:
                return committed
            answer = await store.put(bucket, key, copy, {})
        if 200 <= answer.status < 300:
            return candidate
        if answer.status not in (404, 409, 412):
            message = f"s3://{bucket}/{key} cannot be written: HTTP {answer.status} {answer.code}."
            hint = "Let the operator's S3 user read and write the output bucket."
            raise RunFailure(FailureReason.OUTPUT_REJECTED, message, hint=hint)
        existing = await store.get(bucket, key, MAX_MANIFEST_BYTES)
        if existing.status == 200:
            if (committed := await _committed(store, ifcjob, candidate.destination, existing.body)) is not None:
                return committed
            condition = {"If-Match": existing.etag}
        else:
            condition = {"If-None-Match": "*"}
    message = f"s3://{bucket}/{key} changed {_TRIES} times while it was written: several IfcJobs write to it."
    raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message, hint="Give each IfcJob a prefix of its own.")


async def _committed(
    store: JobStore, ifcjob: IfcJob, destination: Destination, body: bytes | None = None
) -> _Candidate | None:
    """Return the attempt of this IfcJob that is committed already, if its manifest still exists."""
    if body is None:
        body = (await store.get(destination.place, f"{destination.prefix}/{MANIFEST}", MAX_MANIFEST_BYTES)).body
    manifest = await parsed_manifest(body)
    if manifest is None or manifest.uid != ifcjob.metadata.uid or not manifest.folder:
        return None
    candidate = await _candidate(store, replace(destination, folder=manifest.folder.rstrip("/")))
    return candidate and replace(candidate, summary=manifest.summary or candidate.summary)


def _copy(candidate: _Candidate, ifcjob: IfcJob) -> bytes:
    """Add the IfcJob and the attempt's folder; unknown fields of a newer runner stay."""
    document = json.loads(candidate.content)
    document["folder"] = f"{candidate.destination.folder}/"
    document["ifcjob"] = f"{ifcjob.metadata.namespace}/{ifcjob.metadata.name}"
    document["uid"] = ifcjob.metadata.uid
    document["summary"] = json.loads(candidate.summary.to_json())
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _summary_of(manifest: Manifest) -> Summary:
    """Derive a summary from the manifest when the report was lost with its pod."""
    return Summary(
        coverage=manifest.coverage and manifest.coverage.counts(),
        input_bytes=manifest.input.bytes,
        artifact_bytes={artifact.name: artifact.bytes for artifact in manifest.artifacts},
        findings=len(manifest.findings),
    )
