"""Jobs: create one or many, list, get and delete."""

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from ifcjob.http.job_requests import JOB_NAME_PATTERN, BatchRequest, JobRequest
from ifcjob.http.jobs import BatchOutcome, BatchOutcomes, JobList, JobSummary
from ifcjob.resource import IfcJob
from ifcjob_api.access.checks import Namespace, allowed
from ifcjob_api.access.protocol import Caller
from ifcjob_api.backend_problems import problem_of
from ifcjob_api.examples import jobs as examples
from ifcjob_api.examples import operation
from ifcjob_api.jobs import writes
from ifcjob_api.jobs.answers import cached, document
from ifcjob_api.jobs.positions import positions
from ifcjob_api.live.entries import JobEntry
from ifcjob_api.live.job_queries import JobQuery
from ifcjob_api.problems import Problem, details_of, problem_responses
from ifcjob_api.services import Services, services_of
from ifcjob_backends.cluster.errors import ClusterError

router = APIRouter(tags=["jobs"])
JobPath = Annotated[
    str, Path(pattern=JOB_NAME_PATTERN, max_length=52, description="The job's name.", examples=["house"])
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        description="A key of your choice, one per job: a repeated request then returns the job of the first one.",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="ETag of the version to change; 412 if the job has changed since."),
]
READ = (401, 403, 404, 422, 429, 503)
WRITE = (*READ, 408, 409, 412, 413)
ETAG = {"ETag": operation.header("Version of the job.", '"4711"')}
BATCH_CREATES = 8


@router.get(
    "/namespaces/{namespace}/jobs",
    operation_id="listJobs",
    summary="List jobs",
    response_model=JobList,
    responses=problem_responses(400, *READ)
    | {200: operation.answer(examples.JOB_LIST, "A page of jobs."), 304: {"description": "Unchanged."}},
)
async def list_jobs(
    request: Request,
    namespace: Namespace,
    query: Annotated[JobQuery, Query()],
    services: Annotated[Services, Depends(services_of)],
    _: Annotated[Caller, Depends(allowed("list", "ifcjobs"))],
) -> Response:
    """Answer from memory: filters, sorts and searches thousands of jobs in milliseconds."""
    live = services.live
    live.require_synced()
    stale = int(live.stale_seconds())

    def content() -> bytes:
        page = live.sorted_jobs.page(namespace, query)
        items = b",".join(entry.summary for entry in page.entries)
        rest: dict[str, Any] = {"total": page.total, "staleSeconds": stale}
        if page.next_cursor is not None:
            rest["nextCursor"] = page.next_cursor
        if page.phases is not None:
            rest |= {"phases": page.phases, "positions": positions(page.entries, live.jobs.all(namespace))}
        return b'{"items":[%b],%b' % (items, orjson.dumps(rest)[1:])

    query.position()
    version = (
        f'"{live.ring.epoch}-{live.jobs.changes(namespace)}-{hash(query.model_dump_json()) & 0xFFFFFFFF:x}-{stale}"'
    )
    return cached(request, services, version, content)


@router.post(
    "/namespaces/{namespace}/jobs",
    operation_id="createJob",
    summary="Create a job",
    status_code=201,
    response_model=IfcJob,
    openapi_extra=operation.request(examples.JOB_REQUEST),
    responses=problem_responses(*WRITE)
    | {
        201: operation.answer(
            examples.IFCJOB,
            "The new job, or that of an earlier request with the same Idempotency-Key.",
            headers=ETAG
            | {
                "Location": operation.header("Path of the job.", "/api/v1/namespaces/bim/jobs/house"),
                "Idempotency-Replayed": operation.header("`true` if an earlier request created it.", "true"),
            },
        )
    },
)
async def create_job(
    request: Request,
    namespace: Namespace,
    body: JobRequest,
    services: Annotated[Services, Depends(services_of)],
    user: Annotated[Caller, Depends(allowed("create", "ifcjobs"))],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Process a file. The job waits in its queue; follow it with `wait`, `get` or the event stream."""
    entry, existed = await writes.create(services, namespace, body, user, idempotency_key)
    return created(request, services, entry, existed=existed)


def created(request: Request, services: Services, entry: JobEntry, *, existed: bool) -> Response:
    """Return a new job with its location."""
    namespace, name = entry.key
    headers = {"Location": f"/api/v1/namespaces/{namespace}/jobs/{name}"}
    headers |= {"Idempotency-Replayed": "true"} if existed else {}
    return document(request, services, entry, 201, headers)


@router.post(
    "/namespaces/{namespace}/jobs:batch",
    operation_id="createJobs",
    summary="Create many jobs",
    response_model=BatchOutcomes,
    response_model_exclude_none=True,
    openapi_extra=operation.request(examples.BATCH_REQUEST),
    responses=problem_responses(*WRITE)
    | {
        200: operation.answer(
            {"outcomes": [{"status": 201, "job": examples.JOB_SUMMARY}]}, "One outcome per request, in their order."
        )
    },
)
async def create_jobs(
    request: Request,
    namespace: Namespace,
    body: BatchRequest,
    services: Annotated[Services, Depends(services_of)],
    user: Annotated[Caller, Depends(allowed("create", "ifcjobs"))],
    idempotency_key: IdempotencyKey = None,
) -> Any:
    """Process many files: each request has its own outcome, and with an Idempotency-Key its own key."""
    at_once = asyncio.Semaphore(BATCH_CREATES)

    async def outcome(number: int, job: JobRequest) -> BatchOutcome:
        key = idempotency_key and f"{idempotency_key}/{number}"
        async with at_once:
            try:
                entry, _ = await writes.create(services, namespace, job, user, key)
            except ClusterError as error:
                problem = problem_of(error)
            except Problem as error:
                problem = error
            else:
                return BatchOutcome(status=201, job=JobSummary.model_validate_json(entry.summary))
        return BatchOutcome(status=problem.status, problem=details_of(request, problem))

    outcomes = await asyncio.gather(*(outcome(number, job) for number, job in enumerate(body.jobs)))
    return BatchOutcomes(outcomes=list(outcomes))


@router.get(
    "/namespaces/{namespace}/jobs/{name}",
    operation_id="getJob",
    summary="Get a job",
    response_model=IfcJob,
    responses=problem_responses(*READ)
    | {200: operation.answer(examples.IFCJOB, "The job.", headers=ETAG), 304: {"description": "Unchanged."}},
)
async def get_job(
    request: Request,
    namespace: Namespace,
    name: JobPath,
    services: Annotated[Services, Depends(services_of)],
    _: Annotated[Caller, Depends(allowed("get", "ifcjobs"))],
) -> Response:
    """Return the IfcJob with its status. Send the ETag as If-None-Match to get 304 while it is unchanged."""
    return document(request, services, await writes.find(services, namespace, name))


@router.delete(
    "/namespaces/{namespace}/jobs/{name}",
    operation_id="deleteJob",
    summary="Delete a job",
    status_code=202,
    response_class=Response,
    responses=problem_responses(*WRITE) | {202: {"description": "The deletion was requested."}},
)
async def delete_job(
    namespace: Namespace,
    name: JobPath,
    services: Annotated[Services, Depends(services_of)],
    _: Annotated[Caller, Depends(allowed("delete", "ifcjobs"))],
    if_match: IfMatch = None,
) -> Response:
    """Delete the IfcJob with its pod. Its artifacts and its history stay."""
    await writes.delete(services, namespace, name, if_match)
    return Response(status_code=202)
