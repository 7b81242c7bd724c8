"""Errors of the Kubernetes API, of the catalog and of the object store as problems."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_api.problems import Problem, problem_response
from ifcjob_backends.cluster.errors import ClusterError, Conflict, NotFound, Refused
from ifcjob_catalog import CatalogOutdated, CatalogUnavailable

RETRY_SECONDS = 5
_STATUSES = {
    FailureReason.NOT_AN_IFC_FILE: 415,
    FailureReason.UNSUPPORTED_SCHEMA: 422,
    FailureReason.TRUNCATED_FILE: 422,
    FailureReason.UNSAFE_ARCHIVE: 422,
    FailureReason.INVALID_REQUEST: 422,
    FailureReason.INPUT_TOO_LARGE: 413,
    FailureReason.DISK_FULL: 507,
}
"""Any other failure is one of the store: it does not answer, or it refuses the API."""


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


def problem_of_failure(failure: RunFailure) -> Problem:
    """Return the problem for a failure of the object store, or of a file; its code is the failure's reason."""
    detail = f"{failure.message} {failure.hint}"
    status = _STATUSES.get(failure.reason)
    if status is None:
        return Problem(503, FailureReason.STORAGE_UNAVAILABLE.value, detail, retry_after=RETRY_SECONDS)
    return Problem(status, failure.reason.value, detail)


def install(app: FastAPI) -> None:
    """Answer every error of Kubernetes, of the catalog and of the object store with a problem."""

    @app.exception_handler(RunFailure)
    async def _failure(request: Request, failure: RunFailure) -> JSONResponse:
        return problem_response(request, problem_of_failure(failure))

    @app.exception_handler(ClusterError)
    async def _cluster(request: Request, error: ClusterError) -> JSONResponse:
        return problem_response(request, problem_of(error))

    @app.exception_handler(CatalogUnavailable)
    @app.exception_handler(CatalogOutdated)
    async def _catalog(request: Request, error: Exception) -> JSONResponse:
        detail = f"{error}: the history is unavailable meanwhile; repeat the request later."
        return problem_response(request, Problem(503, "CatalogUnavailable", detail, retry_after=RETRY_SECONDS))
