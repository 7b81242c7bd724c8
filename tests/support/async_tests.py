"""Asynchronous tests with an end: run one, and wait for something in it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

Result = TypeVar("Result")


def finish(coroutine: Coroutine[Any, Any, Result], seconds: float = 60) -> Result:
    """Run to the end, with a timeout."""
    return asyncio.run(asyncio.wait_for(coroutine, seconds))


async def until(holds: Callable[[], object], seconds: float = 10, every: float = 0.01) -> None:
    """Wait until something holds; fails when it does not in time."""
    end = time.monotonic() + seconds
    while True:
        if holds():
            return
        assert time.monotonic() < end, f"not so within {seconds} s"
        await asyncio.sleep(every)


async def until_awaited(holds: Callable[[], Awaitable[object]], seconds: float = 10) -> None:
    """Wait until an asynchronous check holds; fails when it does not in time."""
    for _ in range(int(seconds / 0.1)):
        if await holds():
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"not so within {seconds} s")
