"""The Kubernetes API as operator and API use it: a real API server, or the one-machine stand-in of `ifcjob serve`."""

from collections.abc import AsyncIterator
from typing import Literal, Protocol

from ifcjob_backends.cluster.objects import MERGE_PATCH, KubeObject

EventType = Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]


class KubernetesApi(Protocol):
    """Requests by path, as the Kubernetes API documents them; every method raises ClusterError."""

    async def ask(
        self, method: str, path: str, body: KubeObject | None = None, content_type: str = MERGE_PATCH
    ) -> KubeObject:
        """Send a request and return the answer; `content_type` is that of a PATCH."""

    def pages(self, path: str, **query: str) -> AsyncIterator[KubeObject]:
        """Yield the items of a list, page by page."""

    def watch(self, path: str, resource_version: str, **query: str) -> AsyncIterator[tuple[EventType, KubeObject]]:
        """Yield changes after a resourceVersion; Expired when the server has forgotten it: list again."""

    def stream(self, path: str, **query: str) -> AsyncIterator[bytes]:
        """Yield the chunks of an answer that is not JSON, such as a pod's log."""
