"""Keys to reconcile: each at most once in the queue, and never in two workers at a time."""

import asyncio
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class WorkQueue(Generic[Key]):
    """A queue that forgets repetitions; a key that is put while it is worked on comes again afterwards."""

    def __init__(self) -> None:
        self._ready: deque[Key] = deque()
        self._wanted: set[Key] = set()
        self._busy: set[Key] = set()
        self._signal = asyncio.Semaphore(0)

    def __len__(self) -> int:
        """Return how many keys wait or are worked on."""
        return len(self._wanted | self._busy)

    def put(self, key: Key) -> None:
        """Ask for a key to be reconciled."""
        if key in self._wanted:
            return
        self._wanted.add(key)
        if key not in self._busy:
            self._ready.append(key)
            self._signal.release()

    async def get(self) -> Key:
        """Take the next key; `done` must follow."""
        await self._signal.acquire()
        key = self._ready.popleft()
        self._wanted.discard(key)
        self._busy.add(key)
        return key

    def done(self, key: Key) -> None:
        """Say that a key is worked on no more."""
        self._busy.discard(key)
        if key in self._wanted:
            self._ready.append(key)
            self._signal.release()
