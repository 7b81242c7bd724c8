"""The rights that requests to the API server need, recorded while they are sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ifcjob_backends.cluster.client import Connection

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from tests.support.rbac import Rights

_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/[^/]+/(?:namespaces/[^/]+/)?(?P<resource>[a-z]+)(?:/(?P<name>[^/]+)(?P<sub>/[a-z]+)?)?"
)
_VERBS = {"POST": "create", "PATCH": "patch", "DELETE": "delete"}


class RecordingConnection(Connection):
    """A connection that remembers the right that each request needs."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.rights: Rights = set()

    async def ask(self, method: str, path: str, *rest: Any, **more: Any) -> Any:
        """Send a request; lists go through here, too."""
        self._record(path, _VERBS.get(method))
        return await super().ask(method, path, *rest, **more)

    def watch(self, path: str, resource_version: str, **query: str) -> AsyncGenerator[Any, None]:
        """Watch."""
        self._record(path, "watch")
        return super().watch(path, resource_version, **query)

    def stream(self, path: str, **query: str) -> AsyncIterator[bytes]:
        """Read a stream."""
        self._record(path, None)
        return super().stream(path, **query)

    def _record(self, path: str, verb: str | None) -> None:
        parts = _PATH.fullmatch(path.partition("?")[0])
        assert parts, path
        verb = verb or ("get" if parts["name"] else "list")
        self.rights.add((parts["group"] or "", parts["resource"] + (parts["sub"] or ""), "", verb))
