"""Queues: load and throughput; hold, drain, release and scale."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query

from ifcjob.http.queues import Queue, QueueList, QueueTrend, ScaleRequest
from ifcjob.ifcqueue import IFCQUEUES
from ifcjob.patterns import DNS_LABEL_PATTERN
from ifcjob.status import FINISHED_PHASES
from ifcjob_api.access.checks import Namespace, allowed
from ifcjob_api.access.protocol import Caller
from ifcjob_api.examples import jobs as examples
from ifcjob_api.examples import operation
from ifcjob_api.jobs.trend import Run, trend
from ifcjob_api.live.entries import QueueEntry, queue_entry
from ifcjob_api.live.state import API_PATH
from ifcjob_api.problems import Problem, problem_responses
from ifcjob_api.services import Services, services_of
from ifcjob_backends.cluster.errors import NotFound

router = APIRouter(tags=["queues"])
PATH = "/namespaces/{namespace}/queues"
HOUR = 3600
QueuePath = Annotated[
    str, Path(pattern=DNS_LABEL_PATTERN, max_length=63, description="The queue's name.", examples=["default"])
]
READ = (401, 403, 404, 422, 429, 503)
WRITE = (*READ, 408, 409, 413)


_QUEUE = examples.QUEUE_SUMMARY | {"oldestWaitSeconds": 12, "finishedLastHour": 240, "failedLastHour": 2}
_TREND = {
    "start": "2026-11-30T07:00:00Z",
    "stepSeconds": 60,
    "pending": [3, 2],
    "active": [4, 4],
    "finished": [1, 2],
    "failed": [0, 1],
    "memoryRequestedBytes": [4294967296, 8589934592],
    "memoryPeakBytes": [1073741824, 2147483648],
    "failuresByReason": {"OutOfMemory": 1},
    "includesHistory": True,
}
_CHANGED = problem_responses(*WRITE) | {200: operation.answer(_QUEUE, "The queue as changed.")}


@router.get(
    PATH,
    operation_id="listQueues",
    summary="List queues",
    response_model_exclude_none=True,
    responses=problem_responses(*READ) | {200: operation.answer({"items": [_QUEUE]}, "The queues.")},
)
async def list_queues(
    namespace: Namespace,
    services: Annotated[Services, Depends(services_of)],
    _: Annotated[Caller, Depends(allowed("list", "ifcqueues"))],
) -> QueueList:
    """List the queues of a namespace with load and throughput."""
    live = services.live
    live.require_synced()
    entries = sorted(live.queues.all(namespace), key=lambda entry: entry.key)
    return QueueList(items=await _with_load(services, entries), stale_seconds=int(live.stale_seconds()))


@router.get(
    f"{PATH}/{{name}}",
    operation_id="getQueue",
    summary="Get a queue",
    response_model_exclude_none=True,
    responses=problem_responses(*READ) | {200: operation.answer(_QUEUE, "The queue.")},
)
async def get_queue(
    namespace: Namespace,
    name: QueuePath,
    services: Annotated[Services, Depends(services_of)],
    _: Annotated[Caller, Depends(allowed("get", "ifcqueues"))],
) -> Queue:
    """Return a queue with load and throughput."""
    services.live.require_synced()
    entry = services.live.queues.get((namespace, name))
    if entry is None:
        raise _not_found(namespace, name)
    return (await _with_load(services, [entry]))[0]


@router.get(
    f"{PATH}/{{name}}/trend",
    operation_id="getQueueTrend",
    summary="Get the past hours of a queue",
    responses=problem_responses(*READ) | {200: operation.answer(_TREND, "Load, throughput and failures over time.")},
)
async def get_queue_trend(
    namespace: Namespace,
    name: QueuePath,
    services: Annotated[Services, Depends(services_of)],
    _: Annotated[Caller, Depends(allowed("get", "ifcqueues"))],
    hours: Annotated[int, Query(ge=1, le=168, description="Number of past hours.")] = 3,
) -> QueueTrend:
    """Return load, throughput, failures and memory in 60 steps, counted from the jobs that exist and the history."""
    services.live.require_synced()
    if services.live.queues.get((namespace, name)) is None:
        raise _not_found(namespace, name)
    past = await services.past_runs.of(services.catalog, namespace, name, hours)
    jobs = list(services.live.jobs.all(namespace))
    # Thousands of past runs must not hold up other requests.
    return await asyncio.to_thread(trend, jobs, name, time.time(), hours, past)


class QueueChange:
    """A change of the path's queue, by a caller who may make it."""

    def __init__(
        self,
        namespace: Namespace,
        name: QueuePath,
        services: Annotated[Services, Depends(services_of)],
        _: Annotated[Caller, Depends(allowed("patch", "ifcqueues"))],
    ) -> None:
        self._namespace, self._name, self._services = namespace, name, services

    async def apply(self, spec: dict[str, Any]) -> Queue:
        """Change the spec."""
        path = f"{API_PATH}/namespaces/{quote(self._namespace)}/{IFCQUEUES}/{quote(self._name)}"
        try:
            answer = await self._services.kubernetes.ask("PATCH", path, {"spec": spec})
        except NotFound:
            raise _not_found(self._namespace, self._name) from None
        entry = self._services.live.queues.apply(answer) or queue_entry(answer)
        return (await _with_load(self._services, [entry]))[0]


Change = Annotated[QueueChange, Depends()]


@router.post(
    f"{PATH}/{{name}}/hold",
    operation_id="holdQueue",
    summary="Admit no more jobs",
    response_model_exclude_none=True,
    responses=_CHANGED,
)
async def hold_queue(change: Change) -> Queue:
    """Admit no job until the queue is released; running jobs continue."""
    return await change.apply({"stopPolicy": "Hold"})


@router.post(
    f"{PATH}/{{name}}/drain",
    operation_id="drainQueue",
    summary="Stop the running jobs and admit no more",
    response_model_exclude_none=True,
    responses=_CHANGED,
)
async def drain_queue(change: Change) -> Queue:
    """Stop the running attempts and admit no job until the queue is released; the stopped jobs then run again."""
    return await change.apply({"stopPolicy": "HoldAndDrain"})


@router.post(
    f"{PATH}/{{name}}/release",
    operation_id="releaseQueue",
    summary="Admit jobs again",
    response_model_exclude_none=True,
    responses=_CHANGED,
)
async def release_queue(change: Change) -> Queue:
    """Admit jobs again after hold or drain."""
    return await change.apply({"stopPolicy": "None"})


@router.post(
    f"{PATH}/{{name}}/scale",
    operation_id="scaleQueue",
    summary="Change the number of slots",
    response_model_exclude_none=True,
    openapi_extra=operation.request({"slots": 20}),
    responses=_CHANGED,
)
async def scale_queue(change: Change, body: ScaleRequest) -> Queue:
    """Set how many jobs run at once. Running jobs continue when there are more of them."""
    return await change.apply({"slots": body.slots})


def _not_found(namespace: str, name: str) -> Problem:
    detail = f"The namespace {namespace} has no queue {name}; the queue `default` is created with the first job."
    return Problem(404, "QueueNotFound", detail)


async def _with_load(services: Services, entries: Iterable[QueueEntry]) -> list[Queue]:
    """Add waits and throughput to queues of one namespace, counted in one pass over its jobs and those of the past."""
    queues = [Queue.model_validate_json(entry.summary) for entry in entries]
    past = await asyncio.gather(
        *(services.past_runs.of(services.catalog, queue.namespace, queue.name, hours=1) for queue in queues)
    )
    runs: dict[str, dict[str, Run]] = {
        queue.name: {run.uid: run for run in known or ()} for queue, known in zip(queues, past, strict=True)
    }
    hour_ago, now = time.time() - HOUR, datetime.now(UTC)
    for namespace in {queue.namespace for queue in queues}:
        for job in services.live.jobs.all(namespace):
            if job.finished >= hour_ago and job.queue in runs:
                runs[job.queue][job.uid] = job
    for queue in queues:
        phases = Counter(run.phase for run in runs[queue.name].values() if run.finished >= hour_ago)
        queue.finished_last_hour = sum(phases[phase] for phase in FINISHED_PHASES)
        queue.failed_last_hour = phases["Failed"]
        if queue.oldest_pending_at is not None:
            queue.oldest_wait_seconds = max(0, int((now - queue.oldest_pending_at).total_seconds()))
    return queues
