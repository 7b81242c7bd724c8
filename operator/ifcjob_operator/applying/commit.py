"""Make one attempt's artifacts the IfcJob's result: check its manifest, then copy it to the top of the output prefix.

Attempts write below folders of their own, so this one conditional write decides which counts: the first of an IfcJob,
whoever asks how often; and of several IfcJobs with the same prefix the newest, the others' folders stay.
"""

import asyncio
import hashlib
import json
from dataclasses import dataclass, replace

from pydantic import ValidationError

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.manifest import MANIFEST, Manifest
from ifcjob.report import Failure, RunReport, Summary
from ifcjob.resource import IfcJob
from ifcjob.status import Result
from ifcjob_operator.planning.destination import Destination, destination_of
from ifcjob_operator.planning.observation import Committed
from ifcjob_operator.storage.documents import MAX_MANIFEST_BYTES
from ifcjob_operator.storage.s3 import ObjectStore

_TRIES = 5
_FOREIGN = "Let nothing but this IfcJob write there, and create it again."


@dataclass(frozen=True)
class _Candidate:
    """An attempt's manifest as it lies in its folder."""

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
    store: ObjectStore | None, ifcjob: IfcJob, attempt: int, report: RunReport | None
) -> Committed | Failure:
    """Commit an attempt that ended well; asked again it says the same. StorageUnavailable: ask later.

    The content key is not known here.
    """
    destination = destination_of(ifcjob, attempt, store.output_bucket if store else None)
    if destination is not None and destination.scheme == "pvc":
        return _on_volume(destination, ifcjob, report)
    if store is None or destination is None:
        message = "the operator has no object store to find the artifacts in"
        return Failure.of(RunFailure(FailureReason.OUTPUT_REJECTED, message, hint="Set its S3 endpoint again."))
    try:
        candidate = _checked(await _candidate(store, destination), destination, report)
        return (await _publish(store, ifcjob, candidate)).committed
    except RunFailure as failure:
        return Failure.of(failure)


def _on_volume(destination: Destination, ifcjob: IfcJob, report: RunReport | None) -> Committed:
    """Take the runner's word, since the operator mounts no volumes; each attempt has its own folder there too."""
    seen = ifcjob.status.input.sha256 if ifcjob.status.input else None
    sha256 = (report.input_sha256 if report else None) or seen or ifcjob.spec.source.sha256
    result = Result(
        manifest=destination.manifest,
        manifest_sha256=report.manifest_sha256 if report else None,
        summary=report.summary if report else Summary(),
    )
    return Committed(result, sha256, None)


async def _candidate(store: ObjectStore, destination: Destination) -> _Candidate | None:
    """Read an attempt's manifest; None when there is none."""
    answer = await store.get(destination.place, f"{destination.path}/{MANIFEST}", MAX_MANIFEST_BYTES)
    if answer.status == 404:
        return None
    if answer.status != 200:
        message = f"{destination.manifest} cannot be read: HTTP {answer.status} {answer.code}."
        hint = "Let the operator's S3 user read and write the output bucket."
        raise RunFailure(FailureReason.OUTPUT_REJECTED, message, hint=hint)
    manifest = await _parsed(answer.body)
    if manifest is None:
        message = f"{destination.manifest} is no manifest."
        raise RunFailure(FailureReason.OUTPUT_REJECTED, message, hint=_FOREIGN)
    sha256 = hashlib.sha256(answer.body).hexdigest()
    return _Candidate(destination, answer.body, sha256, manifest, manifest.summary or _summary_of(manifest))


def _checked(candidate: _Candidate | None, destination: Destination, report: RunReport | None) -> _Candidate:
    if candidate is None:
        message = f"{destination.manifest} is not there, though the run has ended well."
        raise RunFailure(FailureReason.OUTPUT_REJECTED, message, hint=_FOREIGN)
    if report is None:  # lost with its pod; the manifest comes last, so the artifacts are complete
        return candidate
    if report.manifest_sha256 is not None and report.manifest_sha256 != candidate.sha256:
        message = (
            f"{destination.manifest} has the SHA-256 {candidate.sha256}, "
            f"but the run reported {report.manifest_sha256}: something else wrote it."
        )
        raise RunFailure(FailureReason.OUTPUT_REJECTED, message, hint=_FOREIGN)
    return replace(candidate, summary=report.summary)


async def _publish(store: ObjectStore, ifcjob: IfcJob, ours: _Candidate) -> _Candidate:
    """Write the copy that counts; return the attempt whose copy is there, which may be another one of this IfcJob."""
    bucket, key = ours.destination.place, f"{ours.destination.prefix}/{MANIFEST}"
    copy = await asyncio.to_thread(_copy, ours, ifcjob)
    condition = {"If-None-Match": "*"}
    for _ in range(_TRIES):
        answer = await store.put(bucket, key, copy, condition)
        if answer.status == 501:
            # A store without conditional writes. Only the leader commits, so looking before writing is nearly as good.
            if (former := await _former(store, ifcjob, ours.destination)) is not None:
                return former
            answer = await store.put(bucket, key, copy, {})
        if 200 <= answer.status < 300:
            return ours
        if answer.status not in (404, 409, 412):
            message = f"s3://{bucket}/{key} cannot be written: HTTP {answer.status} {answer.code}."
            hint = "Let the operator's S3 user read and write the output bucket."
            raise RunFailure(FailureReason.OUTPUT_REJECTED, message, hint=hint)
        there = await store.get(bucket, key, MAX_MANIFEST_BYTES)
        if there.status == 200:
            if (former := await _former(store, ifcjob, ours.destination, there.body)) is not None:
                return former
            condition = {"If-Match": there.etag}
        else:
            condition = {"If-None-Match": "*"}
    message = f"s3://{bucket}/{key} changed {_TRIES} times while it was written: several IfcJobs write to it."
    raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message, hint="Give each IfcJob a prefix of its own.")


async def _former(
    store: ObjectStore, ifcjob: IfcJob, ours: Destination, body: bytes | None = None
) -> _Candidate | None:
    """Return the attempt of this very IfcJob that is committed already, if its artifacts are there."""
    if body is None:
        body = (await store.get(ours.place, f"{ours.prefix}/{MANIFEST}", MAX_MANIFEST_BYTES)).body
    there = await _parsed(body)
    if there is None or there.uid != ifcjob.metadata.uid or not there.folder:
        return None
    candidate = await _candidate(store, replace(ours, folder=there.folder.rstrip("/")))
    return candidate and replace(candidate, summary=there.summary or candidate.summary)


async def _parsed(body: bytes) -> Manifest | None:
    try:
        return await asyncio.to_thread(Manifest.model_validate_json, body)
    except ValidationError:
        return None


def _copy(candidate: _Candidate, ifcjob: IfcJob) -> bytes:
    """Add whose it is and where the artifacts are; what a newer runner wrote stays as it is."""
    document = json.loads(candidate.content)
    document["folder"] = f"{candidate.destination.folder}/"
    document["ifcjob"] = f"{ifcjob.metadata.namespace}/{ifcjob.metadata.name}"
    document["uid"] = ifcjob.metadata.uid
    document["summary"] = json.loads(candidate.summary.to_json())
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _summary_of(manifest: Manifest) -> Summary:
    """Recover what can be, of a run whose report was lost with its pod."""
    return Summary(
        coverage=manifest.coverage and manifest.coverage.counts(),
        input_bytes=manifest.input.bytes,
        artifact_bytes={artifact.name: artifact.bytes for artifact in manifest.artifacts},
        findings=len(manifest.findings),
    )
