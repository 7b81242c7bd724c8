"""Watches by kopf: the only file that imports it. docs/decisions/0008-kopf-runs-the-watches.md says why it is bent so.

kopf writes nothing to the cluster: low-level events only, no annotations, no finalizers, no peering.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import kopf
import structlog
from kopf._core.reactor.inventory import ResourceMemories, ResourceMemory

from ifcjob.labels import GROUP, IFCJOB_LABEL
from ifcjob.resource import VERSION
from ifcjob_backends.cluster.client import Connection
from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_operator.observing.watching import KINDS, Handle, Kind, WatchAges

if TYPE_CHECKING:
    import ssl

log = structlog.get_logger()


async def watch(
    connection: Connection,
    namespaces: Collection[str],
    ages: WatchAges,
    handle: Handle,
    stop: asyncio.Event,
    take_signals: Callable[[], None],
) -> None:
    """Watch our resources until `stop`.

    kopf takes the process's signals when it starts; `take_signals` takes them back before kopf can receive one.
    """
    registry = kopf.OperatorRegistry()
    for kind in KINDS:
        group, version = ("batch", "v1") if kind == "jobs" else (GROUP, VERSION)
        kopf.on.event(group, version, kind, registry=registry, id=f"take_{kind}")(_handler(kind, handle))
    kopf.on.login(registry=registry)(_login(connection, ages))
    scope: dict[str, Any] = {"namespaces": namespaces} if namespaces else {"clusterwide": True}
    # By default kopf looks up the user's name, and in a container the user has none.
    scope["identity"] = "ifcjob-operator"
    others = asyncio.all_tasks()
    tasks = await kopf.spawn_tasks(
        registry=registry, settings=_settings(), standalone=True, stop_flag=stop, memories=_NoMemories(), **scope
    )
    take_signals()
    await kopf.run_tasks(tasks, ignored=others)


def _handler(kind: Kind, handle: Handle) -> Callable[..., Any]:
    async def take(event: KubeObject, **_: Any) -> None:
        try:
            handle(kind, event["type"] or "ADDED", event["object"])
        except Exception:
            # kopf would retry; the next event or resync does so anyway.
            log.exception("event not handled", kind=kind, name=event["object"].get("metadata", {}).get("name"))

    return take


def _login(connection: Connection, ages: WatchAges) -> Callable[..., Any]:
    async def login(**_: Any) -> kopf.AiohttpSession:
        return kopf.AiohttpSession(server=connection.server, aiohttp_session=_session(connection, ages))

    return login


def _session(connection: Connection, ages: WatchAges) -> aiohttp.ClientSession:
    """Connect as our own client does, with a token that is re-read when it is rotated."""

    async def authorize(request: aiohttp.ClientRequest, handler: Any) -> aiohttp.ClientResponse:
        request.headers.update(await connection.authorization())
        response: aiohttp.ClientResponse = await handler(request)
        if response.status == HTTPStatus.OK and "watch" in request.url.query:
            ages.note(request.url.path)
            response.content = cast("aiohttp.StreamReader", _NotingBody(response.content, request.url.path, ages))
        return response

    context: ssl.SSLContext = connection.ssl_context()
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=context),
        middlewares=(authorize,),
        read_bufsize=2**20,
        trust_env=False,
    )


class _NotingBody:
    """A watch's body that notes when bytes arrive; aiohttp's traces do not report a body that is read in chunks."""

    def __init__(self, body: aiohttp.StreamReader, path: str, ages: WatchAges) -> None:
        self._body, self._path, self._ages = body, path, ages

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        """Pass the chunks on; kopf reads with this method."""
        async for chunk in self._body.iter_chunked(size):
            self._ages.note(self._path)
            yield chunk

    def __getattr__(self, name: str) -> Any:
        """Delegate everything else to the body."""
        return getattr(self._body, name)


class _NoMemories(ResourceMemories):
    """Forget each object: kopf would keep some kilobytes per object for kinds of handlers that we do not use."""

    async def recall(self, raw_body: Any, **options: Any) -> ResourceMemory:
        """Return a memory for this event only."""
        return await super().recall(raw_body, **options | {"ephemeral": True})


class _NoDiff(kopf.DiffBaseStorage):
    """Skip kopf's comparison of each object with its former version: event handlers do not use the difference."""

    def build(self, **_: Any) -> Any:
        """Return nothing to compare."""
        return {}

    def fetch(self, **_: Any) -> None:
        """Return no former version."""

    def store(self, **_: Any) -> None:
        """Store nothing."""


class _NoProgress(kopf.StatusProgressStorage):
    """Skip kopf's search for handler progress in each object: event handlers have none."""

    def clear(self, *, essence: Any) -> Any:
        """Return the empty essence as it is."""
        return essence


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    # Observing CRDs and namespaces would need cluster-wide rights.
    settings.scanning.disabled = True
    settings.watching.label_selectors["batch", "jobs"] = IFCJOB_LABEL
    # Measured with 10,000 finished IfcJobs: 153 MB after a start instead of 523.
    settings.watching.chunk_size = 500
    settings.queueing.idle_timeout = 0.1
    # Comparing took a sixth of the operator's CPU time.
    settings.persistence.diffbase_storage = _NoDiff()
    settings.persistence.progress_storage = _NoProgress()
    settings.watching.server_timeout = 300
    return settings
