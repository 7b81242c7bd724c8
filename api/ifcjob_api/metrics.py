"""Prometheus metrics of the API; no label names a single job or user."""

import time

from fastapi import FastAPI
from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS = Counter("ifcjob_api_requests", "HTTP requests.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "ifcjob_api_request_seconds",
    "Time until the first byte of the answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
SUBSCRIBERS = Gauge("ifcjob_api_event_subscribers", "Open event streams.")
SLOW_SUBSCRIBERS = Counter("ifcjob_api_slow_event_subscribers", "Event streams that were ended as too slow.")
INDEXED_JOBS = Gauge("ifcjob_api_indexed_jobs", "IfcJobs in memory.")
STALE_SECONDS = Gauge("ifcjob_api_stale_seconds", "How long Kubernetes has not answered a watch; 0 while it does.")


class CountRequests:
    """Counts every request by its route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and measure it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                REQUESTS.labels(scope["method"], route, message["status"]).inc()
                REQUEST_SECONDS.labels(scope["method"], route).observe(time.perf_counter() - started)
            await send(message)

        await self._app(scope, receive, count)


def install(app: FastAPI) -> None:
    """Count the requests of an application."""
    app.add_middleware(CountRequests)
