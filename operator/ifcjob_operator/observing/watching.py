"""The types of watches: kinds, the callback for events, and the age of the last bytes received."""

import asyncio
import re
import time
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Literal, cast

from ifcjob_backends.cluster.objects import KubeObject

Kind = Literal["ifcjobs", "ifcqueues", "jobs"]
KINDS: tuple[Kind, ...] = ("ifcjobs", "ifcqueues", "jobs")
_RESOURCE = re.compile(r"/(?:namespaces/([^/]+)/)?(ifcjobs|ifcqueues|jobs)$")

Handle = Callable[[Kind, str, KubeObject], None]
"""Called with kind, ADDED, MODIFIED or DELETED, and the object."""
Watch = Callable[
    [Any, Collection[str], "WatchAges", Handle, asyncio.Event, Callable[[], None]], Coroutine[Any, Any, None]
]
"""`watch`, or a stand-in for it in tests."""


def kind_of(path: str) -> Kind | None:
    """Return the kind that is listed or watched at a path, or None."""
    match = _RESOURCE.search(path)
    return cast("Kind", match[2]) if match else None


class WatchAges:
    """When each watch last received bytes: events, and the bookmark that the API server sends each minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._received: dict[tuple[str, str], float] = {}

    def expect(self, namespaces: Collection[str]) -> None:
        """Count the age of each watch from now on; one that never receives a byte is not hidden by the others."""
        for namespace in namespaces or ("",):
            for kind in KINDS:
                self._received.setdefault((kind, namespace), self._clock())

    def note(self, path: str) -> None:
        """Note that the watch of this path has received bytes."""
        if (match := _RESOURCE.search(path)) is not None:
            self._received[match[2], match[1] or ""] = self._clock()

    def by_watch(self) -> dict[tuple[str, str], float]:
        """Return the seconds since each watch, of a resource in a namespace, received bytes; "" is all namespaces."""
        now = self._clock()
        return {watch: now - received for watch, received in self._received.items()}

    def ages(self) -> dict[str, float]:
        """Return, per resource, the seconds since its quietest watch received bytes."""
        ages = dict[str, float]()
        for (resource, _), age in self.by_watch().items():
            ages[resource] = max(ages.get(resource, 0.0), age)
        return ages
