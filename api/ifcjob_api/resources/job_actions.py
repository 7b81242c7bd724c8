"""Actions on a job: cancel, suspend, resume, retry, and wait for its end."""

import time
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from ifcjob.http.job_requests import RetryRequest
from ifcjob.resource import IfcJob
from ifcjob_api.access.checks import Namespace, allowed
from ifcjob_api.access.protocol import Caller
from ifcjob_api.examples import jobs as examples
from ifcjob_api.examples import operation
from ifcjob_api.jobs import writes
from ifcjob_api.jobs.answers import document
from ifcjob_api.live.entries import JobEntry
from ifcjob_api.problems import Problem, problem_responses
from ifcjob_api.resources.jobs import ETAG, READ, WRITE, IdempotencyKey, IfMatch, JobPath, created
from ifcjob_api.services import Services, services_of
from ifcjob_backends.cluster.objects import KubeObject

router = APIRouter(tags=["jobs"])
PATH = "/namespaces/{namespace}/jobs/{name}"
MAX_WAIT_SECONDS = 300
_ACCEPTED = problem_responses(*WRITE) | {
    202: operation.answer(examples.IFCJOB, "The job as changed; the operator acts on it soon.", headers=ETAG)
}


def _unless_finished(entry: JobEntry) -> None:
    if entry.is_finished:
        detail = f"{entry.key[1]} has finished: it is {entry.phase}. Retry it to run the file again."
        raise Problem(409, "JobFinished", detail)


def _is_cancelled(entry: JobEntry) -> bool:
    if entry.object()["spec"].get("cancel"):
        return True
    _unless_finished(entry)
    return False


class JobChange:
    """A change of the path's job, by a caller who may make it."""

    def __init__(
        self,
        request: Request,
        namespace: Namespace,
        name: JobPath,
        services: Annotated[Services, Depends(services_of)],
        _: Annotated[Caller, Depends(allowed("patch", "ifcjobs"))],
        if_match: IfMatch = None,
    ) -> None:
        self._request, self._services = request, services
        self._namespace, self._name, self._if_match = namespace, name, if_match

    async def apply(self, spec: KubeObject, check: Callable[[JobEntry], bool]) -> Response:
        """Change the spec, unless `check` says that it is so already."""
        entry = await writes.change(self._services, self._namespace, self._name, spec, self._if_match, check)
        return document(self._request, self._services, entry, 202)

    async def set_suspend(self, value: bool) -> Response:  # noqa: FBT001 - the value of the field
        """Change `suspend` of a job that has not finished."""

        def has_value(entry: JobEntry) -> bool:
            _unless_finished(entry)
            return bool(entry.object()["spec"].get("suspend")) == value

        return await self.apply({"suspend": value}, has_value)


Change = Annotated[JobChange, Depends()]


@router.post(
    f"{PATH}/cancel",
    operation_id="cancelJob",
    summary="Cancel a job",
    status_code=202,
    response_model=IfcJob,
    responses=_ACCEPTED,
)
async def cancel_job(change: Change) -> Response:
    """Stop the job permanently. A job that is cancelled already stays so; a finished one answers 409."""
    return await change.apply({"cancel": True}, _is_cancelled)


@router.post(
    f"{PATH}/suspend",
    operation_id="suspendJob",
    summary="Suspend a job",
    status_code=202,
    response_model=IfcJob,
    responses=_ACCEPTED,
)
async def suspend_job(change: Change) -> Response:
    """Keep the job from starting; a running attempt is stopped, and repeated when the job is resumed."""
    return await change.set_suspend(True)


@router.post(
    f"{PATH}/resume",
    operation_id="resumeJob",
    summary="Resume a job",
    status_code=202,
    response_model=IfcJob,
    responses=_ACCEPTED,
)
async def resume_job(change: Change) -> Response:
    """Let a suspended job start."""
    return await change.set_suspend(False)


@router.post(
    f"{PATH}/retry",
    operation_id="retryJob",
    summary="Run a finished job again",
    status_code=201,
    response_model=IfcJob,
    openapi_extra=operation.request({"memory": "8Gi"}),
    responses=problem_responses(*WRITE)
    | {
        201: operation.answer(
            examples.IFCJOB,
            "The new job.",
            headers=ETAG | {"Location": operation.header("Path of the job.", "/api/v1/namespaces/bim/jobs/house-2")},
        )
    },
)
async def retry_job(
    request: Request,
    namespace: Namespace,
    name: JobPath,
    body: RetryRequest,
    services: Annotated[Services, Depends(services_of)],
    user: Annotated[Caller, Depends(allowed("create", "ifcjobs"))],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Create a new job from the spec of a finished one, optionally with more memory; the old one stays."""
    original = await writes.find(services, namespace, name)
    entry, existed = await writes.create_retry(services, original, body, user, idempotency_key)
    return created(request, services, entry, existed=existed)


@router.get(
    f"{PATH}/wait",
    operation_id="waitForJob",
    summary="Wait until a job has finished",
    response_model=IfcJob,
    responses=problem_responses(*READ)
    | {200: operation.answer(examples.IFCJOB, "The job, finished or as it is after the time.", headers=ETAG)},
)
async def wait_for_job(
    request: Request,
    namespace: Namespace,
    name: JobPath,
    services: Annotated[Services, Depends(services_of)],
    _: Annotated[Caller, Depends(allowed("get", "ifcjobs"))],
    seconds: Annotated[float, Query(ge=0, le=MAX_WAIT_SECONDS, description="Longest time to wait.")] = 30,
    version: Annotated[
        str | None,
        Query(pattern="^[0-9]{1,20}$", description="Return also when the resourceVersion differs from this."),
    ] = None,
) -> Response:
    """Answer as soon as the job has finished, or has another version than the given one, else after the time."""
    end = time.monotonic() + seconds
    entry = await writes.find(services, namespace, name)
    while not entry.is_finished and (version is None or str(entry.version) == version):
        left = end - time.monotonic()
        if left <= 0:
            break
        await services.live.jobs.changed(entry.key, left)
        entry = await writes.find(services, namespace, name)
    return document(request, services, entry)
