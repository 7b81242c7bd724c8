"""A Kubernetes API whose list and watches a test writes, for the moments that a real one does not show on demand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ifcjob_backends.cluster.errors import ClusterError, ClusterUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ifcjob_backends.cluster.objects import KubeObject
    from ifcjob_backends.cluster.protocol import EventType


def job(name: str, version: int, phase: str = "Queued", uid: str = "", **spec: Any) -> KubeObject:
    """Return an IfcJob as the API server returns it."""
    return {
        "metadata": {
            "namespace": "bim",
            "name": name,
            "uid": uid or f"uid-{name}",
            "resourceVersion": str(version),
            "creationTimestamp": "2026-11-30T08:00:00Z",
        },
        "spec": {"source": {"s3": {"bucket": "models", "key": f"{name}.ifc"}}, **spec},
        "status": {"phase": phase},
    }


class ScriptedKubernetes:
    """Lists what `items` holds; a watch yields the events of the queue, raises its errors, and ends at None."""

    def __init__(self, *items: KubeObject, version: int = 100) -> None:
        self.items, self.version = list(items), version
        self.events: asyncio.Queue[tuple[EventType, KubeObject] | ClusterError | None] = asyncio.Queue()
        self.watched_from: list[str] = []
        self.lists = 0
        self.is_down = False

    async def ask(self, method: str, path: str, body: KubeObject | None = None, content_type: str = "") -> KubeObject:
        del body, content_type
        if self.is_down:
            raise ClusterUnavailable(0, "down")
        assert (method, path) == ("GET", "/list?limit=1")
        return {"metadata": {"resourceVersion": str(self.version)}}

    async def pages(self, path: str, **_: str) -> AsyncIterator[KubeObject]:
        assert path == "/list"
        self.lists += 1
        for item in self.items:
            yield item

    async def watch(self, path: str, resource_version: str, **_: str) -> AsyncIterator[tuple[EventType, KubeObject]]:
        assert path == "/list"
        if self.is_down:
            raise ClusterUnavailable(0, "down")
        self.watched_from.append(resource_version)
        while (event := await self.events.get()) is not None:
            if isinstance(event, ClusterError):
                raise event
            yield event

    async def stream(self, path: str, **_: str) -> AsyncIterator[bytes]:
        yield path.encode()
