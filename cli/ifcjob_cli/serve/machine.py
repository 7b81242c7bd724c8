"""One machine: the local API server, the runs, the operator and the API, started and stopped in order."""

import asyncio
import logging
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvicorn
from pydantic import ValidationError

from ifcjob.base_type import first_problem
from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.app import create_app
from ifcjob_api.services import Services
from ifcjob_backends.local.api_server.database import NewerData
from ifcjob_backends.local.api_server.server import LocalApiServer
from ifcjob_backends.local.jobs import LocalJobs
from ifcjob_backends.local.kubelet.pods import RunSettings
from ifcjob_backends.storage.folder import FolderObjects
from ifcjob_backends.storage.folder_store import FolderStore
from ifcjob_backends.tasks import end_tasks
from ifcjob_catalog import Catalog
from ifcjob_catalog.errors import CatalogUnavailable, UnknownRevision
from ifcjob_catalog.schema import upgrade
from ifcjob_cli.serve.data_folder import DataFolder
from ifcjob_cli.serve.garbage import keep_pauses_short
from ifcjob_cli.serve.old_uploads import OldUploads
from ifcjob_cli.serve.progress import add_progress
from ifcjob_cli.serve.refusal import StartRefused, folder_errors
from ifcjob_cli.serve.settings import ARTIFACTS, UPLOADS, Options, api_settings, cpus, operator_settings
from ifcjob_cli.serve.watching import watch
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.composition import Backends, controller_of, receivers, web_sources
from ifcjob_operator.controller import Controller
from ifcjob_operator.observing.health import Health
from ifcjob_operator.serving.backend import QueryBackend
from ifcjob_operator.storage.stores import Stores

GRACE_SECONDS = 3
"""For requests that are under way at a stop."""
STOP_SECONDS = 30
"""For the operator's last reconciliations and its history."""
_NEWER = "Use that release, or choose another --data."
RUNNER = (sys.executable, "-m", "ifcjob_runner")


class LocalCluster(LocalApiServer, Cluster):
    """The local API server, with the operator's requests."""


@dataclass(frozen=True)
class Machine:
    """The running parts."""

    cluster: LocalCluster
    controller: Controller
    jobs: LocalJobs
    http: "HttpServer"
    health: Health
    old_uploads: OldUploads

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, or until a part fails; then stop in order."""
        stop_controller = asyncio.Event()
        controlling = asyncio.create_task(self.controller.run(stop_controller, lambda: None), name="controller")
        parts = {
            controlling,
            asyncio.create_task(self.jobs.run(), name="jobs"),
            asyncio.create_task(self.http.run(), name="http"),
            asyncio.create_task(self.health.run(), name="health"),
            asyncio.create_task(keep_pauses_short(), name="garbage"),
            asyncio.create_task(self.old_uploads.run(), name="uploads"),
        }
        stopping = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait({*parts, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                task.result()
                raise RuntimeError(f"{task.get_name()} has ended")
        finally:
            # It logs each event stream that this ends as an error.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            self.http.handle_exit(signal.SIGTERM, None)
            stop_controller.set()
            # Its last reconciliations may still start runs, which therefore are stopped after it.
            await asyncio.wait({controlling}, timeout=STOP_SECONDS)
            await self.jobs.stop()
            await asyncio.wait({task for task in parts if task.get_name() == "http"}, timeout=GRACE_SECONDS + 2)
            await end_tasks((*parts, stopping))


class HttpServer(uvicorn.Server):
    """The API on a socket that is open already; signals are left to the command."""

    def __init__(self, config: uvicorn.Config, listening: socket.socket) -> None:
        super().__init__(config)
        self._listening = listening

    async def run(self) -> None:  # type: ignore[override]
        """Serve until `should_exit`."""
        await self.serve([self._listening])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


@asynccontextmanager
async def machine(options: Options, folder: DataFolder, listening: socket.socket, url: str) -> AsyncIterator[Machine]:
    """Make the parts and recover what an earlier process has left; StartRefused for a folder that cannot be used."""
    async with AsyncExitStack() as stack:
        cluster = LocalCluster(folder.state, folder.logs, options.queue_defaults)
        with folder_errors(folder.root), _newer_data():
            await stack.enter_async_context(cluster)
        runs = RunSettings(folder.runs, folder.logs, RUNNER, cpus(), socket.gethostname())
        jobs = LocalJobs(cluster, runs)
        await jobs.recover()
        with folder_errors(folder.root), _newer_data():
            catalog = await asyncio.to_thread(_open_catalog, folder)
        stack.callback(catalog.close)
        with _valid_environment():
            settings, api = operator_settings(options, folder, url), api_settings(folder)
        objects = FolderObjects(folder.root)
        web = await stack.enter_async_context(web_sources(settings))
        hooks = await stack.enter_async_context(receivers(settings))
        backends = Backends(cluster, watch, Stores(FolderStore(objects, ARTIFACTS)), web, hooks, catalog)
        health = Health(leading=True)
        controller = controller_of(settings, backends, health)
        services = Services(settings=api, kubernetes=cluster, store=objects, access=OpenAccess(), catalog=catalog)
        app = create_app(services)
        old_uploads = OldUploads(cluster, services.uploads, objects.objects / UPLOADS)
        add_progress(app, QueryBackend(cluster, controller, folder.progress_key, settings.progress_interval_seconds))
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            server_header=False,
        )
        yield Machine(cluster, controller, jobs, HttpServer(config, listening), health, old_uploads)


def _open_catalog(folder: DataFolder) -> Catalog:
    url = f"sqlite:///{folder.history}"
    try:
        upgrade(url)
    except CatalogUnavailable as error:
        cause = getattr(error.__cause__, "orig", None)
        raise cause if isinstance(cause, sqlite3.Error) else error from error
    return Catalog.open(url)


@contextmanager
def _valid_environment() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        problem = first_problem(error)
        message = f"a variable IFCJOB_SERVE_… is invalid: {problem.path}: {problem.message}."
        raise StartRefused(message, "Correct it, or unset it.", os.EX_USAGE) from error


@contextmanager
def _newer_data() -> Iterator[None]:
    try:
        yield
    except (NewerData, UnknownRevision) as error:
        raise StartRefused(f"a newer release wrote the data: {error}.", _NEWER, os.EX_DATAERR) from error
