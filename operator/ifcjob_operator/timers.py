"""When to reconcile a key again."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from ifcjob_backends.cluster.objects import Key


class Timers:
    """One time per key; a new time replaces the former one."""

    def __init__(self, due: Callable[[Key], None]) -> None:
        """Call `due` with each key whose time has come."""
        self._due = due
        self._handles: dict[Key, asyncio.TimerHandle] = {}

    def set(self, key: Key, at: datetime | None) -> None:
        """Set when a key is due; None: never."""
        if (former := self._handles.pop(key, None)) is not None:
            former.cancel()
        if at is not None:
            delay = (at - datetime.now(UTC)).total_seconds()
            self._handles[key] = asyncio.get_running_loop().call_later(delay, self._fire, key)

    def _fire(self, key: Key) -> None:
        del self._handles[key]
        self._due(key)
