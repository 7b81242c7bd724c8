"""The log of an attempt: from its pod, or after the pod's deletion the one that the runner uploaded."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from ifcjob.destination import destination_of
from ifcjob.failures import FailureReason, RunFailure
from ifcjob.labels import ATTEMPT_LABEL, UID_LABEL
from ifcjob.manifest import RUN_LOG, RUN_LOG_BYTES
from ifcjob.resource import IfcJob
from ifcjob.status import Result
from ifcjob_api.live.entries import JobEntry
from ifcjob_api.models.artifact_cache import ArtifactCorrupt, ArtifactMissing
from ifcjob_api.models.store import read_artifacts
from ifcjob_api.problems import Problem
from ifcjob_api.services import Services
from ifcjob_backends.cluster.errors import NotFound, Refused
from ifcjob_backends.cluster.objects import Json, KubeObject

CONTAINER = "runner"
_CONTROL = bytes(code for code in (*range(32), 127) if code not in b"\t\n")
"""A model's texts are in the log: a terminal must not act on them."""


async def log_chunks(
    services: Services, entry: JobEntry, attempt: int | None, tail: int | None, *, follow: bool
) -> AsyncIterator[bytes]:
    """Yield the log of an attempt, without control characters; raises Problem before the first chunk."""
    status = entry.object().get("status") or {}
    if status.get("cacheHit") and not status.get("attempts") and attempt is None:
        yield await _of_earlier_job(services, entry, Result.model_validate(status["result"]), tail)
        return
    row = _attempt(entry, status, attempt)
    pods = f"/api/v1/namespaces/{quote(entry.key[0])}/pods"
    selector = f"{UID_LABEL}={entry.uid},{ATTEMPT_LABEL}={row['number']}"
    candidates = [pod async for pod in services.kubernetes.pages(pods, labelSelector=selector)]
    if not candidates:
        yield await _uploaded(services, entry, row, tail)
        return
    pod = max(candidates, key=lambda pod: pod["metadata"].get("creationTimestamp") or "")
    query = (
        {"container": CONTAINER} | ({"tailLines": str(tail)} if tail else {}) | ({"follow": "true"} if follow else {})
    )
    try:
        async for chunk in services.kubernetes.stream(f"{pods}/{quote(pod['metadata']['name'])}/log", **query):
            yield chunk.translate(None, _CONTROL)
    except NotFound:
        yield await _uploaded(services, entry, row, tail)
    except Refused as error:
        if error.status != 400:
            raise
        raise Problem(409, "LogsNotReady", f"{error.message}: repeat the request when the job runs.") from None


def _attempt(entry: JobEntry, status: Json, number: int | None) -> Json:
    attempts = status.get("attempts") or ()
    if not attempts and entry.is_finished:
        why = "its result is that of an earlier job" if status.get("cacheHit") else f"it is {entry.phase}"
        raise Problem(404, "AttemptNotFound", f"{entry.key[1]} has run no attempt: {why}.")
    if not attempts:
        detail = f"{entry.key[1]} has not started: it is {entry.phase}. Repeat the request when it runs."
        raise Problem(409, "LogsNotReady", detail)
    if number is None:
        newest: Json = attempts[-1]
        return newest
    row: KubeObject | None = next((row for row in attempts if row["number"] == number), None)
    if row is None:
        known = ", ".join(str(row["number"]) for row in attempts)
        raise Problem(404, "AttemptNotFound", f"{entry.key[1]} has no attempt {number}; its attempts are {known}.")
    return row


async def _uploaded(services: Services, entry: JobEntry, attempt: Json, tail: int | None) -> bytes:
    """Read the log from the attempt's folder; Problem when it is not there."""
    job = IfcJob.model_validate(entry.object())
    destination = destination_of(job, attempt["number"], services.settings.output_bucket)
    if destination is None or destination.scheme != "s3":
        raise _no_log(entry, attempt, "an output on a PVC keeps no log")
    log = await _read(services, destination.place, destination.log, tail)
    if isinstance(log, str):
        raise _no_log(entry, attempt, log)
    return log


async def _of_earlier_job(services: Services, entry: JobEntry, result: Result, tail: int | None) -> bytes:
    """Read the log of the attempt whose result a job has reused; Problem when it is not there."""
    name, why = "an earlier job", "an output on a PVC keeps no log"
    if result.manifest.startswith("s3://"):
        try:
            artifacts = await read_artifacts(services.store, result)
        except (ArtifactMissing, ArtifactCorrupt):
            why = f"{result.manifest} cannot be read any more"
        else:
            log = await _read(services, artifacts.bucket, f"{artifacts.folder}{RUN_LOG}", tail)
            if isinstance(log, bytes):
                return log
            name, why = artifacts.job or name, log
    detail = f"{entry.key[1]} has run no attempt: its result is that of {name}, and {why}."
    raise Problem(404, "LogsGone", detail)


async def _read(services: Services, bucket: str, key: str, tail: int | None) -> bytes | str:
    """Return an uploaded log, or why there is none."""
    try:
        chunks = [chunk async for chunk in services.store.read(bucket, key, 0, RUN_LOG_BYTES)]
    except FileNotFoundError:
        return f"there is no s3://{bucket}/{key}: only a runner on a cluster that was not killed uploads its log"
    except RunFailure as failure:
        if failure.reason != FailureReason.ACCESS_DENIED:
            raise
        return f"the object store does not let the API read s3://{bucket}/{key}"
    log = b"".join(chunks).translate(None, _CONTROL)
    return b"".join(log.splitlines(keepends=True)[-tail:]) if tail else log


def _no_log(entry: JobEntry, attempt: Any, why: str) -> Problem:
    status = entry.object().get("status") or {}
    outcome = attempt.get("reason") or "unknown"
    failure = status.get("failure") or {}
    reason = f" {failure['message']} {failure['hint']}" if failure.get("message") else ""
    detail = f"The pod of attempt {attempt['number']} is deleted, and {why}. Its outcome: {outcome}.{reason}"
    return Problem(404, "LogsGone", detail)
