"""The log of an attempt: from its pod, while the pod exists."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from ifcjob.labels import ATTEMPT_LABEL, UID_LABEL
from ifcjob_api.live.entries import JobEntry
from ifcjob_api.problems import Problem
from ifcjob_backends.cluster.errors import NotFound, Refused
from ifcjob_backends.cluster.objects import Json, KubeObject
from ifcjob_backends.cluster.protocol import KubernetesApi

CONTAINER = "runner"
_CONTROL = bytes(code for code in (*range(32), 127) if code not in b"\t\n")
"""A model's texts are in the log: a terminal must not act on them."""


async def log_chunks(
    kubernetes: KubernetesApi, entry: JobEntry, attempt: int | None, tail: int | None, *, follow: bool
) -> AsyncIterator[bytes]:
    """Yield the log of an attempt, without control characters; raises Problem before the first chunk."""
    status = entry.object().get("status") or {}
    row = _attempt(entry, status, attempt)
    pods = f"/api/v1/namespaces/{quote(entry.key[0])}/pods"
    selector = f"{UID_LABEL}={entry.uid},{ATTEMPT_LABEL}={row['number']}"
    candidates = [pod async for pod in kubernetes.pages(pods, labelSelector=selector)]
    if not candidates:
        raise _gone(entry, row)
    pod = max(candidates, key=lambda pod: pod["metadata"].get("creationTimestamp") or "")
    query = (
        {"container": CONTAINER} | ({"tailLines": str(tail)} if tail else {}) | ({"follow": "true"} if follow else {})
    )
    try:
        async for chunk in kubernetes.stream(f"{pods}/{quote(pod['metadata']['name'])}/log", **query):
            yield chunk.translate(None, _CONTROL)
    except NotFound:
        raise _gone(entry, row) from None
    except Refused as error:
        if error.status != 400:
            raise
        raise Problem(409, "LogsNotReady", f"{error.message}: repeat the request when the job runs.") from None


def _attempt(entry: JobEntry, status: Json, number: int | None) -> Json:
    attempts = status.get("attempts") or ()
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


def _gone(entry: JobEntry, attempt: Any) -> Problem:
    status = entry.object().get("status") or {}
    outcome = attempt.get("reason") or "unknown"
    failure = status.get("failure") or {}
    reason = f" {failure['message']} {failure['hint']}" if failure.get("message") else ""
    detail = f"The pod of attempt {attempt['number']} is deleted, and its log with it. Its outcome: {outcome}.{reason}"
    return Problem(404, "LogsGone", detail)
