"""The API in this process: the real application, on a real API server, called without a network."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, contextmanager
from queue import Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, cast

import httpx
import uvicorn

from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.app import PREFIX, create_app
from ifcjob_api.services import Services
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.cluster.client import Connection
from tests.support.async_tests import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from fastapi import FastAPI

UID = "6f0c2a9e-8d1b-4c53-9a55-3f1f5f0f7c11"


class Api(httpx.AsyncClient):
    """A client of the application."""

    def __init__(self, app: FastAPI, services: Services) -> None:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        super().__init__(transport=transport, base_url=f"http://api{PREFIX}", timeout=60)
        self.app, self.services = app, services
        self.kubernetes = services.kubernetes

    async def set_status(self, namespace: str, name: str, **status: Any) -> None:
        """Write a status as the operator does."""
        path = f"/apis/ifcjob.io/v1alpha1/namespaces/{namespace}/ifcjobs/{name}/status"
        await self.kubernetes.ask("PATCH", path, {"status": status})

    async def until_indexed(self, namespace: str, name: str, phase: str) -> None:
        """Wait until the index has a job in a phase."""

        def is_indexed() -> bool:
            entry = self.services.live.jobs.get((namespace, name))
            return entry is not None and entry.phase == phase

        await until(is_indexed)


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """Serve an application, whose lifespan the caller runs, on a port of the loopback interface."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        task = asyncio.create_task(server.serve([listening]))
        await until(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}{PREFIX}"
        finally:
            server.should_exit = server.force_exit = True
            await task


@asynccontextmanager
async def running_api(
    namespace: str, connection: Any = None, *, wait: bool = True, **services: Any
) -> AsyncIterator[Api]:
    """Run the application for one namespace of the API server that KUBECONFIG names."""
    settings = services.pop("settings", ApiSettings(namespaces=(namespace,), source_buckets=("models",)))
    services.setdefault("access", OpenAccess())
    services.setdefault("store", cast("Any", None))
    async with connection or Connection(retry_timeout=2) as kubernetes:
        parts = Services(settings=settings, kubernetes=kubernetes, **services)
        app = create_app(parts)
        async with app.router.lifespan_context(app), Api(app, parts) as api:
            if wait:
                await until(lambda: parts.live.is_synced)
            yield api


@contextmanager
def api_in_a_thread(namespace: str, **services: Any) -> Iterator[tuple[str, Api]]:
    """Serve the API from a thread of its own, for clients that block; yield its URL."""
    ready: Queue[tuple[str, Api]] = Queue()
    stopping = Event()

    async def run() -> None:
        async with running_api(namespace, **services) as api, served(api.app) as url:
            ready.put((url, api))
            while not stopping.is_set():  # noqa: ASYNC110 - set by another thread
                await asyncio.sleep(0.05)

    thread = Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        yield ready.get(timeout=60)
    finally:
        stopping.set()
        thread.join(30)
