"""The end of background tasks: bounded, since a task may not react to its cancellation."""

import asyncio
from collections.abc import Iterable
from typing import Any

import structlog

END_SECONDS = 3.0

log = structlog.get_logger()


async def end_tasks(tasks: Iterable[asyncio.Task[Any]], seconds: float = END_SECONDS) -> None:
    """Cancel tasks and wait for their end, but not longer than `seconds`; log those that continue.

    Their results and errors are dropped.
    """
    cancelled = set(tasks)
    if not cancelled:
        return
    for task in cancelled:
        task.cancel()
    ended, continuing = await asyncio.wait(cancelled, timeout=seconds)
    for task in ended:
        if not task.cancelled():
            task.exception()  # else asyncio logs that nobody has read it
    if continuing:
        names = sorted(task.get_name() for task in continuing)
        log.error("tasks do not end", tasks=names, seconds=seconds)
