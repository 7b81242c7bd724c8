"""The operator's process: open its connections, serve HTTP, lead while it holds the Lease, stop in order."""

import asyncio
import faulthandler
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from uuid import uuid4

import structlog

from ifcjob import __version__
from ifcjob_backends.storage.s3 import ObjectStore
from ifcjob_backends.storage.signing.options import StoreOptions
from ifcjob_backends.tasks import end_tasks
from ifcjob_catalog import Catalog
from ifcjob_operator import metrics
from ifcjob_operator.cluster.kubernetes_cluster import KubernetesCluster
from ifcjob_operator.cluster.leader_election import LeaseLost, lead_one
from ifcjob_operator.cluster.shard import lease_names
from ifcjob_operator.composition import Backends, controller_of, receivers, web_sources
from ifcjob_operator.observing.health import Health
from ifcjob_operator.observing.watches import watch
from ifcjob_operator.serving.backend import QueryBackend
from ifcjob_operator.serving.server import Server
from ifcjob_operator.settings.fields import Settings
from ifcjob_operator.storage.stores import Stores

EXIT_OK, EXIT_LEASE_LOST = 0, 75
STOP_SECONDS = 27
"""From SIGTERM on; the kubelet kills the process after 30."""
CLOSE_SECONDS = 5
"""For connections, and for tasks and threads for which asyncio would wait without limit."""

log = structlog.get_logger()


async def run(settings: Settings) -> int:
    """Run until SIGTERM and return the exit code. Errors that only a restart can fix are raised."""
    stop = asyncio.Event()
    take_signals = partial(_take_signals, stop)
    take_signals()
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(KubernetesCluster(on_request=_count))
        stores = await _stores(settings, stack)
        web = await stack.enter_async_context(web_sources(settings))
        hooks = await stack.enter_async_context(receivers(settings))
        backends = Backends(cluster, watch, stores, web, hooks, _catalog(settings, stack))
        health = Health()
        controller = controller_of(settings, backends, health)
        interval, sharded = settings.progress_interval_seconds, settings.shards > 1
        backend = QueryBackend(cluster, controller, settings.progress_key_file, interval, sharded=sharded)
        server = Server(health, backend, settings.queue_token_file)
        stack.push_async_callback((await server.start(settings.port)).cleanup)
        measuring = asyncio.create_task(health.run())
        stack.callback(measuring.cancel)
        stack.callback(end_within, CLOSE_SECONDS)
        log.info("operator started", version=__version__, namespaces=settings.namespaces or "all")

        async def work(shard: int) -> None:
            health.leading = True
            metrics.LEADING.set(1)
            await controller.run(stop, take_signals, shard)

        try:
            await _lead(settings, cluster, stop, health, work)
        except LeaseLost as error:
            log.error("lease lost", error=str(error))  # noqa: TRY400 - the message suffices
            return EXIT_LEASE_LOST
        log.info("operator stopped")
        return EXIT_OK


def _take_signals(stop: asyncio.Event) -> None:
    def stop_in_time() -> None:
        stop.set()
        end_within(STOP_SECONDS)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop_in_time)


def end_within(seconds: float) -> None:
    """End the process after this time if it does not end by itself, with the stack of each thread in the log."""
    faulthandler.dump_traceback_later(seconds, exit=True)


async def _lead(
    settings: Settings,
    cluster: KubernetesCluster,
    stop: asyncio.Event,
    health: Health,
    work: Callable[[int], Awaitable[None]],
) -> None:
    """Work while holding the Lease of a shard, or at once without leader election; return after `stop`."""
    if not settings.leader_election:
        await work(0)
        return
    leading = asyncio.create_task(
        lead_one(
            cluster,
            settings.lease_namespace,
            lease_names(settings.lease_name, settings.shards),
            _identity(settings),
            work,
        )
    )
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({leading, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not leading.done() and not health.leading:
        await end_tasks([leading])
        return
    await leading


def _identity(settings: Settings) -> str:
    """Return the identity that holds the Lease; two processes on one host must have different ones."""
    return settings.pod_name or f"{socket.gethostname()}_{uuid4().hex[:8]}"


def _catalog(settings: Settings, stack: AsyncExitStack) -> Catalog | None:
    """Open the catalog, to be closed with the stack; None without a database."""
    url = settings.database()
    if url is None:
        log.warning("no catalog", hint="set IFCJOB_DATABASE_URL_FILE to keep a history")
        return None
    catalog = Catalog.open(url)
    stack.callback(catalog.close)
    return catalog


def _count(verb: str, resource: str, code: int) -> None:
    metrics.API_REQUESTS.labels(verb, resource, str(code)).inc()


async def _stores(settings: Settings, stack: AsyncExitStack) -> Stores:
    """Open the object stores, to be closed with the stack."""

    def count(method: str, code: int) -> None:
        metrics.STORE_REQUESTS.labels(method, str(code)).inc()

    async def opened(options: StoreOptions) -> ObjectStore:
        return await stack.enter_async_context(ObjectStore(options, on_request=count))

    default = await opened(settings.store) if settings.store else None
    others = [(rules, await opened(rules.options(settings.s3_ca_file))) for rules in settings.other_stores()]
    return Stores(default, others)
