"""Reports on a job: its log, its Kubernetes events, and its manifest for kubectl."""

from typing import Annotated, Any
from urllib.parse import quote

import yaml
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from ifcjob.http.jobs import JobEvent, JobEvents
from ifcjob_api.access.checks import Namespace, allowed
from ifcjob_api.access.protocol import Caller
from ifcjob_api.examples import operation
from ifcjob_api.first_item import begun
from ifcjob_api.jobs import writes
from ifcjob_api.jobs.logs import log_chunks
from ifcjob_api.jobs.manifests import portable
from ifcjob_api.problems import problem_responses
from ifcjob_api.resources.jobs import READ, JobPath
from ifcjob_api.services import Services, services_of
from ifcjob_backends.cluster.objects import Json

router = APIRouter(tags=["jobs"])
PATH = "/namespaces/{namespace}/jobs/{name}"
_EVENT = {
    "type": "Normal",
    "reason": "Admitted",
    "message": "holds a slot of the queue default",
    "count": 1,
    "kind": "IfcJob",
    "name": "house",
    "lastAt": "2026-11-30T08:00:01Z",
}
_MANIFEST = {
    "apiVersion": "ifcjob.io/v1alpha1",
    "kind": "IfcJob",
    "metadata": {"name": "house", "namespace": "bim"},
    "spec": {"source": {"s3": {"bucket": "models", "key": "house.ifc"}}},
}


@router.get(
    f"{PATH}/logs",
    operation_id="getJobLogs",
    summary="Read the log of an attempt",
    response_class=PlainTextResponse,
    responses=problem_responses(*READ, 409)
    | {200: operation.answer("fetched 24817 bytes\n", "The log, line by line.", "text/plain")},
)
async def get_job_logs(
    *,
    namespace: Namespace,
    name: JobPath,
    services: Annotated[Services, Depends(services_of)],
    _: Annotated[Caller, Depends(allowed("get", "ifcjobs"))],
    attempt: Annotated[int | None, Query(ge=1, description="Number of the attempt; default: the last one.")] = None,
    tail: Annotated[int | None, Query(ge=1, le=100_000, description="Only this many of the last lines.")] = None,
    follow: Annotated[bool, Query(description="Whether to continue until the attempt has ended.")] = False,
) -> Response:
    """Return the log of the pod, or after its deletion the end of the log that the runner uploaded.

    A job that reused an earlier result has the log of the attempt that made it. If there is no log, 404 with the code
    LogsGone says why.
    """
    entry = await writes.find(services, namespace, name)
    body = await begun(log_chunks(services, entry, attempt, tail, follow=follow))
    return StreamingResponse(body, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


@router.get(
    f"{PATH}/events",
    operation_id="listJobEvents",
    summary="List the Kubernetes events of a job",
    response_model=JobEvents,
    responses=problem_responses(*READ) | {200: operation.answer({"items": [_EVENT]}, "The events, oldest first.")},
)
async def list_job_events(
    namespace: Namespace,
    name: JobPath,
    services: Annotated[Services, Depends(services_of)],
    _: Annotated[Caller, Depends(allowed("get", "ifcjobs"))],
) -> Any:
    """List the events of the IfcJob and of its last attempt's Job."""
    entry = await writes.find(services, namespace, name)
    attempts = (entry.object().get("status") or {}).get("attempts") or ()
    selectors = [f"involvedObject.uid={entry.uid}"]
    selectors += [f"involvedObject.kind=Job,involvedObject.name={attempts[-1]['jobName']}"] if attempts else []
    path = f"/api/v1/namespaces/{quote(namespace)}/events"
    events = [
        _event(item) for selector in selectors async for item in services.kubernetes.pages(path, fieldSelector=selector)
    ]
    return JobEvents(items=sorted(events, key=lambda event: event.last_at.timestamp() if event.last_at else 0.0))


def _event(item: Json) -> JobEvent:
    involved = item.get("involvedObject") or {}
    series = item.get("series") or {}
    return JobEvent(
        type=item.get("type") or "Normal",
        reason=item.get("reason") or "",
        message=item.get("message") or "",
        count=series.get("count") or item.get("count") or 1,
        kind=involved.get("kind") or "",
        name=involved.get("name") or "",
        last_at=series.get("lastObservedTime") or item.get("lastTimestamp") or item.get("eventTime"),
    )


@router.get(
    f"{PATH}/manifest",
    operation_id="getJobManifest",
    summary="Get a job as YAML for kubectl",
    response_class=Response,
    responses=problem_responses(*READ)
    | {
        200: {
            "description": "A manifest that creates the same IfcJob elsewhere.",
            "content": {"application/yaml": {"schema": {"$ref": "#/components/schemas/IfcJob"}, "example": _MANIFEST}},
        }
    },
)
async def get_job_manifest(
    namespace: Namespace,
    name: JobPath,
    services: Annotated[Services, Depends(services_of)],
    _: Annotated[Caller, Depends(allowed("get", "ifcjobs"))],
) -> Response:
    """Return metadata and spec without status; the first line is the command that applies it."""
    entry = await writes.find(services, namespace, name)
    command = f"# kubectl apply --namespace {namespace} --filename {name}.yaml\n"
    text = command + yaml.safe_dump(portable(entry.object()), sort_keys=False, allow_unicode=True)
    return Response(text, media_type="application/yaml")
