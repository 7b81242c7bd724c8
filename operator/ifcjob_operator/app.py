"""The operator's process: open its connections, serve HTTP, lead while it holds the Lease, stop in order."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from uuid import uuid4

import structlog

from ifcjob import __version__
from ifcjob_backends.storage.presign import StoreOptions
from ifcjob_backends.storage.s3 import ObjectStore
from ifcjob_catalog import Catalog
from ifcjob_operator import metrics
from ifcjob_operator.cluster.kubernetes_cluster import KubernetesCluster
from ifcjob_operator.cluster.leader_election import LeaseLost, lead
from ifcjob_operator.composition import Backends, controller_of, web_sources
from ifcjob_operator.observing.health import Health
from ifcjob_operator.observing.watches import watch
from ifcjob_operator.serving.backend import QueryBackend
from ifcjob_operator.serving.server import Server
from ifcjob_operator.settings.fields import Settings

EXIT_OK, EXIT_LEASE_LOST = 0, 75

log = structlog.get_logger()


async def run(settings: Settings) -> int:
    """Run until SIGTERM and return the exit code. Errors that only a restart can fix are raised."""
    stop = asyncio.Event()

    def take_signals() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)

    take_signals()
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(KubernetesCluster(on_request=_count))
        object_store = await stack.enter_async_context(_store(settings.store)) if settings.store else None
        web = await stack.enter_async_context(web_sources(settings))
        backends = Backends(cluster, watch, object_store, web, _catalog(settings, stack))
        health = Health()
        controller = controller_of(settings, backends, health)
        backend = QueryBackend(cluster, controller, settings.progress_key_file, settings.progress_interval_seconds)
        server = Server(health, backend, settings.queue_token_file)
        stack.push_async_callback((await server.start(settings.port)).cleanup)
        measuring = asyncio.create_task(health.run())
        stack.callback(measuring.cancel)
        log.info("operator started", version=__version__, namespaces=settings.namespaces or "all")

        async def work() -> None:
            health.leading = True
            metrics.LEADING.set(1)
            await controller.run(stop, take_signals)

        try:
            await _lead(settings, cluster, stop, health, work)
        except LeaseLost as error:
            log.error("lease lost", error=str(error))  # noqa: TRY400 - the message suffices
            return EXIT_LEASE_LOST
        log.info("operator stopped")
        return EXIT_OK


async def _lead(
    settings: Settings,
    cluster: KubernetesCluster,
    stop: asyncio.Event,
    health: Health,
    work: Callable[[], Awaitable[None]],
) -> None:
    """Work while holding the Lease, or at once without leader election; return after `stop`."""
    if not settings.leader_election:
        await work()
        return
    leading = asyncio.create_task(
        lead(cluster, settings.lease_namespace, settings.lease_name, _identity(settings), work)
    )
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({leading, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not leading.done() and not health.leading:
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)
        return
    await leading


def _identity(settings: Settings) -> str:
    """Return the identity that holds the Lease; two processes on one host must have different ones."""
    return settings.pod_name or f"{socket.gethostname()}_{uuid4().hex[:8]}"


def _catalog(settings: Settings, stack: AsyncExitStack) -> Catalog | None:
    """Open the catalog, to be closed with the stack; None without a database."""
    if settings.database_url_file is None:
        log.warning("no catalog", hint="set IFCJOB_DATABASE_URL_FILE to keep a history")
        return None
    catalog = Catalog.open(settings.database_url_file.read_text(encoding="utf-8").strip())
    stack.callback(catalog.close)
    return catalog


def _count(verb: str, resource: str, code: int) -> None:
    metrics.API_REQUESTS.labels(verb, resource, str(code)).inc()


def _store(options: StoreOptions) -> ObjectStore:
    def count(method: str, code: int) -> None:
        metrics.STORE_REQUESTS.labels(method, str(code)).inc()

    return ObjectStore(options, on_request=count)
