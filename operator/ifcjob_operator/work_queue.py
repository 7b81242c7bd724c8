"""Keys to reconcile: each at most once in the queue, and never in two workers at a time."""

import asyncio
from collections import deque
from contextlib import suppress

from ifcjob_operator.cluster.objects import Key


class WorkQueue:
    """A queue that forgets repetitions; a key that is put while it is worked on comes again afterwards."""

    def __init__(self) -> None:
        self._ready: deque[Key] = deque()
        self._wanted: set[Key] = set()
        self._busy: set[Key] = set()
        self._signal = asyncio.Semaphore(0)
        self._closed = False
        self._idle = asyncio.Event()

    def __len__(self) -> int:
        """Return how many keys wait or are worked on."""
        return len(self._wanted | self._busy)

    async def drain(self, seconds: float) -> None:
        """Give out nothing more, and wait a while for what is being worked on."""
        self._closed = True
        self._ready.clear()
        self._wanted.clear()
        self._signal = asyncio.Semaphore(0)
        if self._busy:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._idle.wait()

    def put(self, key: Key) -> None:
        """Ask for a key to be reconciled."""
        if key in self._wanted or self._closed:
            return
        self._wanted.add(key)
        if key not in self._busy:
            self._ready.append(key)
            self._signal.release()

    async def get(self) -> Key:
        """Take the next key; `done` must follow."""
        await self._signal.acquire()
        while not self._ready:  # drained just now
            await self._signal.acquire()
        key = self._ready.popleft()
        self._wanted.discard(key)
        self._busy.add(key)
        self._idle.clear()
        return key

    def done(self, key: Key) -> None:
        """Say that a key is worked on no more."""
        self._busy.discard(key)
        if not self._busy:
            self._idle.set()
        if key in self._wanted and not self._closed:
            self._ready.append(key)
            self._signal.release()
