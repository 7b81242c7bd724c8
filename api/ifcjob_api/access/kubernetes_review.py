"""Reviews by the API server; without an answer nobody gets in."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

import structlog

from ifcjob_api.problems import Problem
from ifcjob_backends.cluster.errors import ClusterError
from ifcjob_backends.cluster.protocol import KubernetesApi

ReviewKind = Literal["TokenReview", "SubjectAccessReview"]
_PATHS: Mapping[ReviewKind, str] = {
    "TokenReview": "/apis/authentication.k8s.io/v1/tokenreviews",
    "SubjectAccessReview": "/apis/authorization.k8s.io/v1/subjectaccessreviews",
}
_SECONDS = 5.0
RETRY_SECONDS = 5

log = structlog.get_logger()


async def review(kubernetes: KubernetesApi, kind: ReviewKind, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the status of a review; Problem 503 when the API server does not answer or rejects it."""
    path = _PATHS[kind]
    body = {"apiVersion": path.removeprefix("/apis/").rpartition("/")[0], "kind": kind, "spec": dict(spec)}
    try:
        async with asyncio.timeout(_SECONDS):
            answer = await kubernetes.ask("POST", path, body)
    except (ClusterError, TimeoutError) as error:
        # The error text of a rejected TokenReview may contain the token.
        status = error.status if isinstance(error, ClusterError) else 0
        log.warning("no review", kind=kind, status=status, error=type(error).__name__)
        detail = "Kubernetes does not answer whether you may do this: try again."
        raise Problem(503, "AccessCheckUnavailable", detail, retry_after=RETRY_SECONDS) from None
    return dict(answer.get("status") or {})
