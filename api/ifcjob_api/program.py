"""The API's process on a cluster: open its connections, serve HTTP, stop in order."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack

import structlog
import uvicorn
from fastapi import FastAPI

from ifcjob import __version__
from ifcjob_api.access.select import access_control
from ifcjob_api.app import create_app
from ifcjob_api.middleware.header_timeout import header_timeout
from ifcjob_api.services import Services
from ifcjob_api.settings import ApiSettings
from ifcjob_api.uploads.scan import Clamd
from ifcjob_backends.cluster.client import Connection
from ifcjob_backends.storage.objects import S3Objects
from ifcjob_catalog import Catalog

_RETRY_SECONDS = 3.0
"""Clients repeat a request themselves after a 503."""
_KEEP_ALIVE_SECONDS = 75
"""Longer than a proxy keeps an idle connection: otherwise the proxy sends a request into one that closes."""

log = structlog.get_logger()


class CannotListen(Exception):
    """The port is in use, or the process may not listen on it."""


async def run(settings: ApiSettings) -> None:
    """Serve until SIGTERM; raises CannotListen and NoCluster."""
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(_listen(settings))
        kubernetes = await stack.enter_async_context(Connection(retry_timeout=_RETRY_SECONDS, request_timeout=15))
        store = await stack.enter_async_context(S3Objects(settings.store, settings.s3_public_endpoint))
        services = Services(
            settings=settings,
            kubernetes=kubernetes,
            store=store,
            access=access_control(settings, kubernetes),
            catalog=_catalog(settings, stack),
            scanner=Clamd(settings.clamd, settings.clamd_seconds) if settings.clamd else None,
        )
        log.info("API started", version=__version__, port=listener.getsockname()[1], auth=settings.auth_mode)
        await _Server(server_config(create_app(services), settings)).serve([listener])
        log.info("API stopped")


def server_config(app: FastAPI, settings: ApiSettings) -> uvicorn.Config:
    """Return how uvicorn serves the application."""
    return uvicorn.Config(
        app,
        http=header_timeout(settings.body_seconds),  # h11 bounds the length of paths and headers
        ws="none",
        log_config=None,
        access_log=False,  # the middleware logs requests, without secrets
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.stop_seconds,
    )


class _Server(uvicorn.Server):
    """Stops on a signal without raising it again afterwards, so that connections are closed and the exit code is 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGTERM and SIGINT while serving."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.handle_exit, number, None)
        yield


def _listen(settings: ApiSettings) -> socket.socket:
    try:
        if settings.address == "loopback":
            return socket.create_server(("127.0.0.1", settings.port))
        if socket.has_dualstack_ipv6():
            return socket.create_server(("", settings.port), family=socket.AF_INET6, dualstack_ipv6=True)
        return socket.create_server(("", settings.port))
    except OSError as error:
        message = f"cannot listen on port {settings.port}: {os.strerror(error.errno or 0)}; set IFCJOB_API_PORT"
        raise CannotListen(message) from error


def _catalog(settings: ApiSettings, stack: AsyncExitStack) -> Catalog | None:
    """Open the catalog, to be closed with the stack; None without a database."""
    url = settings.database()
    if url is None:
        log.warning("no catalog", hint="set IFCJOB_API_DATABASE_URL_FILE to serve the history")
        return None
    catalog = Catalog.open(url)
    stack.callback(catalog.close)
    return catalog
