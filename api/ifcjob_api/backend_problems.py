"""Errors of the Kubernetes API and of the catalog as problems."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from ifcjob_api.problems import Problem, problem_response
from ifcjob_backends.cluster.errors import ClusterError, Conflict, NotFound, Refused
from ifcjob_catalog import CatalogOutdated, CatalogUnavailable

RETRY_SECONDS = 5


def problem_of(error: ClusterError) -> Problem:
    """Return the problem for an error."""
    if isinstance(error, NotFound):
        return Problem(404, "NotFound", error.message)
    if isinstance(error, Conflict):
        return Problem(409, "Conflict", f"{error.message}: read the object again, and repeat the request.")
    if isinstance(error, Refused):
        if "exceeded quota" in error.message:
            return Problem(429, "QuotaExceeded", f"{error.message}: delete IfcJobs or have the quota raised.")
        return Problem(403 if error.status == 403 else 422, "RejectedByKubernetes", error.message)
    detail = "Kubernetes does not answer: reads answer from memory meanwhile; repeat the request later."
    return Problem(503, "KubernetesUnavailable", detail, retry_after=RETRY_SECONDS)


def install(app: FastAPI) -> None:
    """Answer every error of Kubernetes and of the catalog with a problem."""

    @app.exception_handler(ClusterError)
    async def _cluster(request: Request, error: ClusterError) -> JSONResponse:
        return problem_response(request, problem_of(error))

    @app.exception_handler(CatalogUnavailable)
    @app.exception_handler(CatalogOutdated)
    async def _catalog(request: Request, error: Exception) -> JSONResponse:
        detail = f"{error}: the history is unavailable meanwhile; repeat the request later."
        return problem_response(request, Problem(503, "CatalogUnavailable", detail, retry_after=RETRY_SECONDS))
