"""Flows about jobs: create, list, follow, change and delete."""

import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from ifcjob.http.job_requests import JobRequest, RetryRequest, job_name_for
from ifcjob.http.jobs import BatchOutcomes, JobEvents, JobList, JobSummary
from ifcjob.quantity import AutoOrBytes
from ifcjob.resource import IfcJob
from ifcjob.status import Phase
from ifcjob_client.flows import Call, Flow, json_of, response_to

DEFAULT_NAMESPACE = "default"
LONG_POLL_SECONDS = 30
BATCH = 200


def create(request: JobRequest, namespace: str = DEFAULT_NAMESPACE) -> Flow[IfcJob]:
    """Create a job. A lost answer is asked for again with the same key, so that there is one job."""
    named = request if request.name else request.model_copy(update={"name": job_name_for(request.file_name)})
    call = Call("POST", jobs_path(namespace), json=body_of(named), headers={"Idempotency-Key": uuid4().hex})
    return IfcJob.model_validate((yield from json_of(call)))


def create_many(requests: Sequence[JobRequest], namespace: str = DEFAULT_NAMESPACE) -> Flow[BatchOutcomes]:
    """Create many jobs; each request has its own outcome, in the same order."""
    outcomes = BatchOutcomes()
    for start in range(0, len(requests), BATCH):
        body = {"jobs": [body_of(request) for request in requests[start : start + BATCH]]}
        call = Call("POST", f"{jobs_path(namespace)}:batch", json=body, headers={"Idempotency-Key": uuid4().hex})
        outcomes.outcomes += BatchOutcomes.model_validate((yield from json_of(call))).outcomes
    return outcomes


def page(
    namespace: str = DEFAULT_NAMESPACE,
    *,
    phase: Sequence[Phase] = (),
    queue: str | None = None,
    owner: str | None = None,
    label: Sequence[str] = (),
    sha256: str | None = None,
    q: str | None = None,
    sort: str = "createdAt",
    descending: bool = True,
    limit: int = 50,
    cursor: str | None = None,
) -> Flow[JobList]:
    """Return one page of jobs, with the number of all that pass the filters; `label` holds `name=value`."""
    params = {
        "phase": list(phase) or None,
        "queue": queue,
        "owner": owner,
        "label": list(label) or None,
        "sha256": sha256,
        "q": q,
        "sort": sort,
        "descending": descending,
        "limit": limit,
        "cursor": cursor,
    }
    return JobList.model_validate((yield from json_of(Call("GET", jobs_path(namespace), params=params))))


def every(namespace: str = DEFAULT_NAMESPACE, **filters: Any) -> Flow[list[JobSummary]]:
    """Return the jobs of all pages; `filters` are those of `page`."""
    jobs: list[JobSummary] = []
    cursor: str | None = None
    while True:
        answer = yield from page(namespace, **filters | {"limit": 200, "cursor": cursor})
        jobs += answer.items
        cursor = answer.next_cursor
        if cursor is None:
            return jobs


def get(name: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[IfcJob]:
    """Return a job with its status."""
    return IfcJob.model_validate((yield from json_of(Call("GET", job_path(name, namespace)))))


def follow(
    name: str, namespace: str = DEFAULT_NAMESPACE, *, version: str | None = None, seconds: float = LONG_POLL_SECONDS
) -> Flow[IfcJob]:
    """Return the job as soon as its version differs from `version` or it has finished, else after `seconds`."""
    params = {"seconds": seconds, "version": version}
    call = Call("GET", f"{job_path(name, namespace)}/wait", params=params, timeout=seconds + 15)
    return IfcJob.model_validate((yield from json_of(call)))


def wait(name: str, namespace: str = DEFAULT_NAMESPACE, *, seconds: float | None = None) -> Flow[IfcJob]:
    """Return the job once it has finished; TimeoutError when that takes longer than `seconds`."""
    end = None if seconds is None else time.monotonic() + seconds
    while True:
        left = LONG_POLL_SECONDS if end is None else min(LONG_POLL_SECONDS, max(0.0, end - time.monotonic()))
        job = yield from follow(name, namespace, seconds=left)
        if job.status.is_finished:
            return job
        if end is not None and time.monotonic() >= end:
            raise TimeoutError(f"{name} is {job.status.phase} after {seconds:.0f} s")


def cancel(name: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[IfcJob]:
    """Stop a job permanently."""
    return (yield from _act(name, namespace, "cancel"))


def suspend(name: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[IfcJob]:
    """Keep a job from starting, and stop its running attempt."""
    return (yield from _act(name, namespace, "suspend"))


def resume(name: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[IfcJob]:
    """Let a suspended job start."""
    return (yield from _act(name, namespace, "resume"))


def retry(name: str, namespace: str = DEFAULT_NAMESPACE, *, memory: AutoOrBytes | None = None) -> Flow[IfcJob]:
    """Run a finished job again, as a new job, optionally with another memory limit."""
    body = body_of(RetryRequest(memory=memory))
    headers = {"Idempotency-Key": uuid4().hex}
    call = Call("POST", f"{job_path(name, namespace)}/retry", json=body, headers=headers)
    return IfcJob.model_validate((yield from json_of(call)))


def delete(name: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[None]:
    """Delete a job; its artifacts and its history stay."""
    yield from response_to(Call("DELETE", job_path(name, namespace)))


def log(
    name: str, namespace: str = DEFAULT_NAMESPACE, *, attempt: int | None = None, tail: int | None = None
) -> Flow[str]:
    """Return the log of an attempt, by default of the last one."""
    call = Call("GET", f"{job_path(name, namespace)}/logs", params={"attempt": attempt, "tail": tail})
    return (yield from response_to(call)).text


def events(name: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[JobEvents]:
    """Return the Kubernetes events of a job, oldest first."""
    return JobEvents.model_validate((yield from json_of(Call("GET", f"{job_path(name, namespace)}/events"))))


def manifest(name: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[str]:
    """Return the YAML that creates the same job with `kubectl apply`."""
    return (yield from response_to(Call("GET", f"{job_path(name, namespace)}/manifest"))).text


def problems_of(outcomes: BatchOutcomes) -> Iterator[tuple[int, str]]:
    """Yield the position and the problem of each request that created no job."""
    for position, outcome in enumerate(outcomes.outcomes):
        if outcome.problem is not None:
            yield position, outcome.problem.detail or outcome.problem.title


def jobs_path(namespace: str) -> str:
    """Return the path of a namespace's jobs."""
    return f"/namespaces/{quote(namespace, safe='')}/jobs"


def job_path(name: str, namespace: str) -> str:
    """Return the path of a job."""
    return f"{jobs_path(namespace)}/{quote(name, safe='')}"


def body_of(request: JobRequest | RetryRequest) -> dict[str, Any]:
    """Return the JSON of a request, without what is not set: the server has the defaults."""
    body: dict[str, Any] = request.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
    return body


def _act(name: str, namespace: str, action: str) -> Flow[IfcJob]:
    return IfcJob.model_validate((yield from json_of(Call("POST", f"{job_path(name, namespace)}/{action}"))))
