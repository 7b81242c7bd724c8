"""Watches by kopf: the only file that imports it. docs/decisions/0008-kopf-runs-the-watches.md says why it is bent so.

kopf lists, watches, reconnects and lists again; the objects are taken out of its answers before it reads them. It
writes nothing to the cluster: no annotations, no finalizers, no peering.
"""

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import kopf
from yarl import URL

from ifcjob.labels import GROUP, IFCJOB_LABEL
from ifcjob.resource import VERSION
from ifcjob_backends.cluster.client import Connection
from ifcjob_operator.observing.bodies import ListBody, ListedBody, WatchBody, take_event
from ifcjob_operator.observing.watching import KINDS, Handle, WatchAges, kind_of

if TYPE_CHECKING:
    import ssl


async def watch(
    connection: Connection,
    namespaces: Collection[str],
    ages: WatchAges,
    handle: Handle,
    stop: asyncio.Event,
    take_signals: Callable[[], None],
) -> None:
    """Watch our resources until `stop`.

    Objects that the connection has listed before are delivered when they change. kopf takes the process's signals when
    it starts; `take_signals` takes them back before kopf can receive one.
    """
    registry = kopf.OperatorRegistry()
    for kind in KINDS:
        group, version = ("batch", "v1") if kind == "jobs" else (GROUP, VERSION)
        kopf.on.event(group, version, kind, registry=registry, id=f"watch_{kind}")(_nothing)
    # kopf asks for the paths below the server's URL, which may itself have a path.
    prefix = URL(connection.server).path.rstrip("/")
    listed = {prefix + path: version for path, version in connection.list_versions.items()}
    kopf.on.login(registry=registry)(_login(connection, ages, handle, listed))
    scope: dict[str, Any] = {"namespaces": namespaces} if namespaces else {"clusterwide": True}
    # By default kopf looks up the user's name, and in a container the user has none.
    scope["identity"] = "ifcjob-operator"
    others = asyncio.all_tasks()
    tasks = await kopf.spawn_tasks(registry=registry, settings=_settings(), standalone=True, stop_flag=stop, **scope)
    take_signals()
    await kopf.run_tasks(tasks, ignored=others)


async def _nothing(**_: Any) -> None:
    """Handle no event: kopf watches a resource only if it has a handler, and the bodies have handled them all."""


def _login(connection: Connection, ages: WatchAges, handle: Handle, listed: dict[str, str]) -> Callable[..., Any]:
    async def login(**_: Any) -> kopf.AiohttpSession:
        session = _session(connection, ages, handle, listed)
        return kopf.AiohttpSession(server=connection.server, aiohttp_session=session)

    return login


def _session(connection: Connection, ages: WatchAges, handle: Handle, listed: dict[str, str]) -> aiohttp.ClientSession:
    """Connect as our own client does, with a token that is re-read when it is rotated.

    `listed` has the versions of lists that need no second one.
    """

    async def authorize(request: aiohttp.ClientRequest, handler: Any) -> aiohttp.ClientResponse:
        request.headers.update(await connection.authorization())
        path, kind = request.url.path, kind_of(request.url.path)
        is_watch = "watch" in request.url.query
        version = None if is_watch else listed.get(path)
        if version is not None:
            request.url = request.url.update_query(limit="1")
        response: aiohttp.ClientResponse = await handler(request)
        if response.status == HTTPStatus.OK and kind is not None:
            take = partial(take_event, handle, kind)
            if is_watch:
                ages.note(path)
                body: object = WatchBody(response.content, take, lambda: ages.note(path))
            elif version is not None:
                del listed[path]  # a later list is needed
                body = ListedBody(response.content, version)
            else:
                body = ListBody(response.content, take)
            response.content = cast("aiohttp.StreamReader", body)
        return response

    context: ssl.SSLContext = connection.ssl_context()
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=context),
        middlewares=(authorize,),
        read_bufsize=2**20,
        trust_env=False,
    )


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    # Observing CRDs and namespaces would need cluster-wide rights.
    settings.scanning.disabled = True
    settings.watching.label_selectors["batch", "jobs"] = IFCJOB_LABEL
    settings.watching.chunk_size = 500
    settings.watching.server_timeout = 300
    return settings
