"""One log line per request, an audit line if a right was checked; an unexpected error becomes a problem."""

import re
import time
import uuid
from typing import Any

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ifcjob_api.access.protocol import Caller, CheckedRight
from ifcjob_api.middleware.redaction import redact
from ifcjob_api.problems import Problem, problem_response

REQUEST_ID = "X-Request-ID"
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PATH_LENGTH = 500

_ANY_NAMESPACE = CheckedRight("get", "ifcjobs", namespace="", name="", allowed=True)
"""Operations without a namespace read in all namespaces where the caller has the right."""

log = structlog.get_logger()


class RequestLog:
    """Logs requests when their response begins, since an event stream ends late."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        given = request.headers.get(REQUEST_ID, "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        started, status = time.perf_counter(), 0

        async def logging_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (b"x-request-id", request_id.encode())]}
                _log(request, status, time.perf_counter() - started)
            await send(message)

        request.state.request_id = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, logging_send)
            except Exception:
                log.exception("request failed")
                if status:
                    raise  # the response has begun: the server cuts it off
                detail = f"An unexpected error; the log of the API has it with the request id {request_id}."
                await problem_response(request, Problem(500, "InternalError", detail))(scope, receive, logging_send)


def _log(request: Request, status: int, seconds: float) -> None:
    path = request.url.path
    fields: dict[str, Any] = {
        "method": request.method,
        "path": redact(f"{path}?{request.url.query}" if request.url.query else path)[:_PATH_LENGTH],
        "status": status,
        "seconds": round(seconds, 4),
        "client": request.client.host if request.client else None,
    }
    caller = getattr(request.state, "caller", None)
    if isinstance(caller, Caller):
        fields["user"] = caller.name
    right = getattr(request.state, "right", None)
    if right is None and isinstance(caller, Caller) and request.method in ("GET", "HEAD"):
        right = _ANY_NAMESPACE
    if not isinstance(right, CheckedRight):
        (log.debug if path in PROBES else log.info)("request", **fields)
        return
    outcome = "denied" if not right.allowed else "done" if status < 400 else "failed"
    about = {"verb": right.verb, "resource": right.resource, "namespace": right.namespace, "name": right.name}
    log.info("audit", outcome=outcome, **about, **fields)
