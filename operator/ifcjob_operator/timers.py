"""When to look at a key again: one task for all of them."""

import asyncio
import heapq
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=tuple[str, ...])


class Timers(Generic[Key]):
    """The earliest time for each key; a later wish replaces it."""

    def __init__(self, due: Callable[[Key], None]) -> None:
        """Call `due` for a key whose time has come."""
        self._due = due
        self._heap: list[tuple[datetime, Key]] = []
        self._at: dict[Key, datetime] = {}
        self._changed = asyncio.Event()

    def set(self, key: Key, at: datetime | None) -> None:
        """Look at a key again at a time, or not at all."""
        if at is None:
            self._at.pop(key, None)
        elif self._at.get(key) != at:
            self._at[key] = at
            heapq.heappush(self._heap, (at, key))
            self._changed.set()

    async def run(self) -> None:
        """Wait for one time after the other."""
        while True:
            self._changed.clear()
            wait = (self._heap[0][0] - datetime.now(UTC)).total_seconds() if self._heap else None
            if wait is None or wait > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._changed.wait()
                continue
            at, key = heapq.heappop(self._heap)
            if self._at.get(key) == at:
                del self._at[key]
                self._due(key)
