"""Work that does not end when it is cancelled."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Stubborn:
    """Waits for its release, whatever cancels it."""

    def __init__(self) -> None:
        self.released, self.cancellations = asyncio.Event(), 0

    async def wait(self, *_: object) -> None:
        """Wait."""
        while not self.released.is_set():
            with suppress(asyncio.CancelledError):
                await self.released.wait()
                return
            self.cancellations += 1
