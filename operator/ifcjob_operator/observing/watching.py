"""The types of watches: kinds, the callback for events, and the age of the last bytes received."""

import asyncio
import re
import time
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Literal

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


class WatchAges:
    """When each watch last received bytes: events, and the bookmark that the API server sends each minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._received: dict[tuple[str, str], float] = {}

    def note(self, path: str) -> None:
        """Note that the watch of this path has received bytes."""
        if (match := _RESOURCE.search(path)) is not None:
            self._received[match[2], match[1] or ""] = self._clock()

    def ages(self) -> dict[str, float]:
        """Return, per resource, the seconds since its quietest watch received bytes."""
        now, ages = self._clock(), dict[str, float]()
        for (resource, _), received in self._received.items():
            ages[resource] = max(ages.get(resource, 0.0), now - received)
        return ages
