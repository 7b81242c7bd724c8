"""The operator's watches without kopf: one list, then one watch per kind, in this process."""

import asyncio
from collections.abc import Callable, Collection

from ifcjob.labels import IFCJOB_LABEL
from ifcjob_backends.cluster.errors import Expired
from ifcjob_backends.cluster.protocol import KubernetesApi
from ifcjob_backends.tasks import end_tasks
from ifcjob_operator.cluster.api import API_GROUP_PATH, JOBS
from ifcjob_operator.observing.watching import KINDS, Handle, Kind, WatchAges


async def watch(
    api: KubernetesApi,
    namespaces: Collection[str],
    ages: WatchAges,
    handle: Handle,
    stop: asyncio.Event,
    take_signals: Callable[[], None],
) -> None:
    """Deliver the objects of all namespaces and their changes until `stop`."""
    del namespaces, take_signals
    watches = [asyncio.create_task(_watch(api, kind, ages, handle)) for kind in KINDS]
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({*watches, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await end_tasks((*watches, stopping))


async def _watch(api: KubernetesApi, kind: Kind, ages: WatchAges, handle: Handle) -> None:
    group, query = (JOBS, {"labelSelector": IFCJOB_LABEL}) if kind == "jobs" else (API_GROUP_PATH, {})
    path = f"{group}/{kind}"
    while True:
        version = (await api.ask("GET", f"{path}?limit=1"))["metadata"]["resourceVersion"]
        async for item in api.pages(path, **query):
            handle(kind, "ADDED", item)
        try:
            async for event, item in api.watch(path, version, **query):
                ages.note(path)
                if event != "BOOKMARK":
                    handle(kind, event, item)
        except Expired:
            continue  # the resync finds what was deleted meanwhile
