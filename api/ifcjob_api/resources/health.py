"""Health and metrics, for the kubelet and Prometheus; they need no credentials."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from ifcjob_api import metrics
from ifcjob_api.examples import operation
from ifcjob_api.problems import problem_responses
from ifcjob_api.services import Services, services_of

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The state of this replica."""

    status: str = Field(default="ok", description="`ok`.")


class Readiness(Health):
    """Whether this replica can answer, and how current its answers are."""

    jobs: int = Field(description="Number of jobs in memory.")
    stale_seconds: int = Field(
        alias="staleSeconds", description="How long Kubernetes has not answered; reads are as old as that."
    )


@router.get(
    "/healthz",
    operation_id="getHealth",
    summary="Check that the process is alive",
    responses={200: operation.answer({"status": "ok"}, "The process answers.")},
)
async def get_health() -> Health:
    """Answer while the event loop runs."""
    return Health()


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Check that the replica can answer",
    responses=problem_responses(503)
    | {200: operation.answer({"status": "ok", "jobs": 42, "staleSeconds": 0}, "The replica has read all jobs.")},
)
async def get_readiness(services: Annotated[Services, Depends(services_of)]) -> Readiness:
    """Answer 503 until all jobs are in memory. Later it stays ready when Kubernetes is down: it answers reads."""
    services.live.require_synced()
    return Readiness(jobs=len(services.live.jobs), staleSeconds=int(services.live.stale_seconds()))


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Read the metrics for Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "Metrics in the text format of Prometheus.",
            "content": {"text/plain": {"schema": {"type": "string"}, "example": "ifcjob_api_indexed_jobs 42.0\n"}},
        }
    },
)
async def get_metrics(services: Annotated[Services, Depends(services_of)]) -> Response:
    """Return the metrics of this replica."""
    metrics.INDEXED_JOBS.set(len(services.live.jobs))
    metrics.STALE_SECONDS.set(services.live.stale_seconds())
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
