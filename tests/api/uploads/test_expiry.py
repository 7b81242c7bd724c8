"""The task that aborts expired uploads from time to time."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_api.uploads import expiry
from tests.support.async_tests import finish, until


class FakeUploads:
    """A fake of the uploads: the store is down at the first call."""

    def __init__(self) -> None:
        self.calls = 0

    async def abort_expired(self) -> int:
        self.calls += 1
        if self.calls == 1:
            raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, "the object store refuses the connection")
        return 1


def test_expired_uploads_are_aborted_after_the_store_was_down() -> None:
    async def test() -> None:
        uploads = FakeUploads()
        task = asyncio.create_task(expiry.run(cast("Any", uploads), interval_seconds=0.01))
        await until(lambda: uploads.calls >= 3)
        assert not task.done()
        task.cancel()

    finish(test())
