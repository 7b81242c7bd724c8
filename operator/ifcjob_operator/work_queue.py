"""Keys to reconcile: each at most once in the queue, and never in two workers at a time."""

import asyncio
from collections import deque
from contextlib import suppress

from ifcjob_backends.cluster.objects import Key


class WorkQueue:
    """A queue without duplicates; a key that is put while a worker has it is queued again afterwards."""

    def __init__(self) -> None:
        self._ready: deque[Key] = deque()
        self._queued: set[Key] = set()
        self._busy: set[Key] = set()
        self._signal = asyncio.Semaphore(0)
        self._closed = False
        self._idle = asyncio.Event()

    def __len__(self) -> int:
        """Return the number of keys that are queued or in work."""
        return len(self._queued | self._busy)

    async def drain(self, seconds: float) -> None:
        """Give out no more keys, and wait up to `seconds` for those in work."""
        self._closed = True
        self._ready.clear()
        self._queued.clear()
        self._signal = asyncio.Semaphore(0)
        if self._busy:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._idle.wait()

    def put(self, key: Key) -> None:
        """Queue a key."""
        if key in self._queued or self._closed:
            return
        self._queued.add(key)
        if key not in self._busy:
            self._ready.append(key)
            self._signal.release()

    async def get(self) -> Key:
        """Take the next key; call `done` afterwards."""
        await self._signal.acquire()
        while not self._ready:  # drained in the meantime
            await self._signal.acquire()
        key = self._ready.popleft()
        self._queued.discard(key)
        self._busy.add(key)
        self._idle.clear()
        return key

    def done(self, key: Key) -> None:
        """Finish the work on a key."""
        self._busy.discard(key)
        if not self._busy:
            self._idle.set()
        if key in self._queued and not self._closed:
            self._ready.append(key)
            self._signal.release()
