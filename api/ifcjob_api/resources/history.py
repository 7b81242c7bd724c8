"""History: IfcJobs that have finished or were deleted, from the catalog; also those that the cluster has forgotten."""

import base64
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from ifcjob.http.history import History, PastArtifact, PastAttempt, PastJob
from ifcjob.http.request_type import RequestType
from ifcjob.patterns import DnsLabel, Sha256
from ifcjob.report import Failure, Summary
from ifcjob.status import Phase
from ifcjob_api.access.checks import Namespace, allowed
from ifcjob_api.access.protocol import Caller
from ifcjob_api.examples import jobs as examples
from ifcjob_api.examples import operation
from ifcjob_api.live.annotations import OWNER
from ifcjob_api.live.file_names import recorded_file_name
from ifcjob_api.problems import Problem, problem_responses
from ifcjob_api.services import Services, services_of
from ifcjob_catalog import Catalog, HistoryQuery

router = APIRouter(tags=["history"])
READ = (401, 403, 404, 422, 429, 503)


class PastJobDetails(PastJob):
    """An IfcJob of the history with its spec, attempts and artifacts."""

    spec: dict[str, Any]
    """Its spec."""
    failure: Failure | None = None
    """Why it failed."""
    summary: Summary | None = None
    """The numbers of the run."""
    attempts: list[PastAttempt] = Field(default_factory=list)
    """All attempts."""
    artifacts: list[PastArtifact] = Field(default_factory=list)
    """The published files."""


class HistoryFilter(RequestType):
    """Filters and page of the history."""

    phase: tuple[Phase, ...] = Field(default=(), max_length=7)
    """Only jobs in one of these phases."""
    queue: DnsLabel | None = None
    """Only jobs of this queue."""
    sha256: Sha256 | None = None
    """Only jobs of this content."""
    q: str = Field(default="", max_length=200, pattern=r"^[^\x00]*$")
    """Text to find in name and source."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    """Size of a page."""
    cursor: str | None = Field(default=None, max_length=500)
    """`nextCursor` of the page before."""


_PAST = {
    "namespace": "bim",
    "name": "house",
    "uid": "6f0c2a9e-8d1b-4c53-9a55-3f1f5f0f7c11",
    "phase": "Succeeded",
    "reason": "Succeeded",
    "queue": "default",
    "fileName": "house.ifc",
    "resultManifest": "s3://ifcjob-artifacts/bim/house/6f0c2a9e-1/manifest.json",
    "createdAt": "2026-11-30T08:00:00Z",
    "finishedAt": "2026-11-30T08:00:09Z",
}
_DETAILS = _PAST | {"spec": examples.IFCJOB["spec"], "attempts": [], "artifacts": []}


@router.get(
    "/namespaces/{namespace}/history",
    operation_id="listHistory",
    summary="List finished and deleted jobs",
    response_model_exclude_none=True,
    responses=problem_responses(400, *READ) | {200: operation.answer({"items": [_PAST]}, "Jobs, newest end first.")},
)
async def list_history(
    namespace: Namespace,
    query: Annotated[HistoryFilter, Query()],
    services: Annotated[Services, Depends(services_of)],
    _: Annotated[Caller, Depends(allowed("list", "ifcjobs"))],
) -> History:
    """List jobs from the catalog, which keeps them after they are deleted from the cluster."""
    catalog = _catalog(services)
    selection = HistoryQuery(query.phase, query.queue, query.sha256, query.q, query.limit + 1, _after(query.cursor))
    rows = await catalog.history(namespace, selection)
    page = rows[: query.limit]
    cursor = _cursor(page[-1]) if len(rows) > query.limit else None
    return History(items=[PastJob.model_validate(_with_annotations(row)) for row in page], next_cursor=cursor)


@router.get(
    "/namespaces/{namespace}/history/{uid}",
    operation_id="getHistoryJob",
    summary="Get a job of the history",
    response_model_exclude_none=True,
    responses=problem_responses(*READ) | {200: operation.answer(_DETAILS, "The job.")},
)
async def get_history_job(
    namespace: Namespace,
    uid: Annotated[
        str, Path(pattern="^[A-Za-z0-9-]{1,64}$", description="The job's uid.", examples=["6f0c2a9e-8d1b-4c53"])
    ],
    services: Annotated[Services, Depends(services_of)],
    _: Annotated[Caller, Depends(allowed("get", "ifcjobs"))],
) -> PastJobDetails:
    """Return a job with its spec, all its attempts and its artifacts."""
    row = await _catalog(services).history_job(namespace, uid)
    if row is None:
        raise Problem(404, "JobNotFound", f"The history of the namespace {namespace} has no job with the uid {uid}.")
    return PastJobDetails.model_validate(_with_annotations(row))


def _catalog(services: Services) -> Catalog:
    if services.catalog is None:
        raise Problem(404, "NoHistory", "This server keeps no history: an administrator has to configure a database.")
    return services.catalog


def _with_annotations(row: dict[str, Any]) -> dict[str, Any]:
    annotations = row["annotations"] or {}
    name = recorded_file_name(annotations, row["source_uri"])
    return row | {"file_name": name, "owner": annotations.get(OWNER)}


def _cursor(row: dict[str, Any]) -> str:
    content = [row["ended_at"].timestamp(), row["uid"]]
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


def _after(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    try:
        seconds, uid = orjson.loads(base64.urlsafe_b64decode((cursor + "=" * (-len(cursor) % 4)).encode("ascii")))
        return datetime.fromtimestamp(seconds, UTC), str(uid).replace("\0", "")
    except (ValueError, TypeError, OverflowError, OSError):
        raise Problem(400, "InvalidCursor", "The cursor does not belong to this list: begin without one.") from None
