"""The operator's HTTP server: metrics, health, queue depth for an autoscaler, progress from runners."""

import hmac
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError

from ifcjob.ifcqueue import IfcQueueStatus
from ifcjob.report import Progress, RunReport
from ifcjob.status import JobProgress
from ifcjob_backends.cluster.errors import ClusterError
from ifcjob_backends.cluster.objects import Key
from ifcjob_operator import metrics
from ifcjob_operator.observing.health import Health
from ifcjob_operator.repeated import RepeatedWarnings

PROGRESS_BYTES = 4096
"""Of progress, and of a report, which is a termination message."""


class CannotListen(Exception):
    """The port is in use, or the process may not listen on it."""


class Backend(Protocol):
    """Answers that need the cluster; every replica gives them, leading or not."""

    async def queue(self, key: Key) -> IfcQueueStatus | None:
        """Return a queue's depth, or None. Raises ClusterError."""

    async def take(self, key: Key, attempt: int, token: str, posted: JobProgress | RunReport) -> HTTPStatus:
        """Take in an attempt's progress or report, and return the status to answer with.

        204, 401, 404, 409 or 503; for a report also 421: another replica may take it.
        """


class Server:
    """One aiohttp application."""

    def __init__(self, health: Health, backend: Backend, queue_token_file: Path | None) -> None:
        """Require the token in `queue_token_file` from readers of queues; it is re-read, since Secrets are rotated."""
        self._health = health
        self._backend = backend
        self._queue_token_file = queue_token_file
        self._warnings = RepeatedWarnings()
        self.app = web.Application(client_max_size=PROGRESS_BYTES, middlewares=[_count])
        self.app.add_routes(
            [
                web.get("/metrics", self.metrics),
                web.get("/healthz", self.healthz),
                web.get("/readyz", self.readyz),
                web.get("/v1/queues/{namespace}/{queue}", self.queue),
                web.post("/v1/progress/{namespace}/{ifcjob}/{attempt:[0-9]{1,6}}", self.progress),
                web.post("/v1/report/{namespace}/{ifcjob}/{attempt:[0-9]{1,6}}", self.report),
            ]
        )

    async def start(self, port: int) -> web.AppRunner:
        """Start to listen; `cleanup` of the returned runner stops. Raises CannotListen."""
        runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=2)
        await runner.setup()
        try:
            await web.TCPSite(runner, None, port).start()
        except OSError as error:
            await runner.cleanup()
            raise CannotListen(f"cannot listen on port {port}: {error.strerror}; set IFCJOB_PORT") from error
        return runner

    async def metrics(self, _: web.Request) -> web.Response:
        """Return all metrics in the Prometheus format."""
        return web.Response(body=generate_latest(metrics.REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def healthz(self, _: web.Request) -> web.Response:
        """Liveness: 503 with the problems when the process should be restarted."""
        problems = self._health.problems()
        return web.json_response(
            {"healthy": not problems, "problems": problems}, status=HTTPStatus.SERVICE_UNAVAILABLE if problems else 200
        )

    async def readyz(self, _: web.Request) -> web.Response:
        """Readiness: this replica leads and has listed everything, or waits to lead."""
        ready = self._health.synced or not self._health.leading
        return web.json_response(
            {"ready": ready, "leading": self._health.leading},
            status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
        )

    async def queue(self, request: web.Request) -> web.Response:
        """Return a queue's depth."""
        key = (request.match_info["namespace"], request.match_info["queue"])
        try:
            if not self._may_read_queues(request):
                return web.json_response(
                    {"error": "present the queue token as a bearer token"}, status=HTTPStatus.UNAUTHORIZED
                )
            status = await self._backend.queue(key)
        except (OSError, ClusterError) as error:
            self._warnings.warn("/".join(key), "queue not read", repr(error), queue="/".join(key))
            return web.json_response(
                {"error": "the depth cannot be read now: try again"}, status=HTTPStatus.SERVICE_UNAVAILABLE
            )
        if status is None:
            return web.json_response({"error": f"there is no IfcQueue {'/'.join(key)}"}, status=HTTPStatus.NOT_FOUND)
        oldest = status.oldest_pending_at
        age = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0
        depth = {name: getattr(status, name) for name in ("slots", "pending", "active", "demand")}
        return web.json_response(depth | {"oldestPendingSeconds": round(age, 3)})

    def _may_read_queues(self, request: web.Request) -> bool:
        if self._queue_token_file is None:
            return True
        expected = self._queue_token_file.read_bytes().strip()
        # An empty file is one that is being written: deny.
        return bool(expected) and hmac.compare_digest(_bearer(request).encode(errors="surrogateescape"), expected)

    async def progress(self, request: web.Request) -> web.Response:
        """Take in the progress that a runner posts."""
        try:
            posted = Progress.model_validate_json(await request.read())
        except ValidationError:
            return web.json_response({"error": "the body is not a progress report"}, status=HTTPStatus.BAD_REQUEST)
        progress = JobProgress(**posted.model_dump(), updated_at=datetime.now(UTC))
        return web.Response(status=await self._backend.take(*_attempt(request), _bearer(request), progress))

    async def report(self, request: web.Request) -> web.Response:
        """Take in the report that a runner posts when it has published."""
        try:
            report = RunReport.model_validate_json(await request.read())
        except ValidationError:
            return web.json_response({"error": "the body is not a report"}, status=HTTPStatus.BAD_REQUEST)
        return web.Response(status=await self._backend.take(*_attempt(request), _bearer(request), report))


@web.middleware
async def _count(request: web.Request, handler: Handler) -> web.StreamResponse:
    status = 500
    try:
        response: web.StreamResponse = await handler(request)
        status = response.status
    except web.HTTPException as error:
        status = error.status
        raise
    else:
        return response
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unknown"
        metrics.HTTP_REQUESTS.labels(route, request.method, str(status)).inc()


def _attempt(request: web.Request) -> tuple[Key, int]:
    path = request.match_info
    return (path["namespace"], path["ifcjob"]), int(path["attempt"])


def _bearer(request: web.Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" else ""
