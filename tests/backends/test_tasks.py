"""The end of background tasks."""

from __future__ import annotations

import asyncio
import time

from structlog.testing import capture_logs

from ifcjob_backends.tasks import end_tasks
from tests.support.async_tests import finish
from tests.support.stubborn import Stubborn


async def fail() -> None:
    raise ValueError("says the test")


def test_tasks_are_awaited_until_a_limit_and_those_that_continue_are_named() -> None:
    async def main() -> None:
        stubborn, cleaned = Stubborn(), asyncio.Event()

        async def tidy() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.05)
                cleaned.set()

        tasks = [
            asyncio.create_task(work, name=name)
            for name, work in (("tidy", tidy()), ("failed", fail()), ("stubborn", stubborn.wait()))
        ]
        await asyncio.sleep(0)
        began = time.monotonic()
        with capture_logs() as log:
            await end_tasks(tasks, 0.3)
        assert 0.2 < time.monotonic() - began < 5
        assert cleaned.is_set(), "a task may need a moment to end"
        assert [task.done() for task in tasks] == [True, True, False]
        assert log == [{"event": "tasks do not end", "log_level": "error", "tasks": ["stubborn"], "seconds": 0.3}]
        stubborn.released.set()

    finish(main())


def test_without_tasks_nothing_is_awaited() -> None:
    finish(end_tasks([]))
