"""The work queue and the timers: nothing is lost, nothing is done twice at a time, nothing comes early."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from ifcjob_operator.timers import Timers
from ifcjob_operator.work_queue import WorkQueue
from tests.support.async_tests import finish, until

if TYPE_CHECKING:
    from ifcjob_backends.cluster.objects import Key

A, B, C, D = (("bim", name) for name in "abcd")


def test_duplicate_keys_are_one_in_the_order_of_the_first() -> None:
    async def main() -> None:
        queue = WorkQueue()
        for key in (A, B, A, C, B):
            queue.put(key)
        assert len(queue) == 3
        assert [await queue.get() for _ in range(3)] == [A, B, C]

    finish(main())


def test_a_key_put_while_in_work_is_queued_again_afterwards() -> None:
    async def main() -> None:
        queue = WorkQueue()
        queue.put(A)
        await queue.get()
        queue.put(A)
        queue.put(A)
        queue.put(B)
        assert await queue.get() == B
        waiting = asyncio.create_task(queue.get())
        await asyncio.sleep(0.01)
        assert not waiting.done()
        queue.done(A)
        assert await waiting == A
        queue.done(A)
        queue.done(B)
        assert len(queue) == 0

    finish(main())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([("bim", str(number)) for number in range(6)]), max_size=60), st.integers(1, 4))
def test_with_many_workers_each_put_is_followed_by_a_whole_pass(keys: list[Key], workers: int) -> None:
    async def main() -> None:
        queue = WorkQueue()
        busy: set[Key] = set()
        put_at, began = dict.fromkeys(keys, 0), dict.fromkeys(keys, -1)
        step = 0

        async def work() -> None:
            nonlocal step
            while True:
                key = await queue.get()
                assert key not in busy
                busy.add(key)
                step += 1
                began[key] = step
                await asyncio.sleep(0)
                busy.discard(key)
                queue.done(key)

        tasks = [asyncio.create_task(work()) for _ in range(workers)]
        for key in keys:
            step += 1
            put_at[key] = step
            queue.put(key)
            if int(key[1]) % 2:
                await asyncio.sleep(0)
        await until(lambda: not len(queue), every=0)
        assert all(began[key] > put_at[key] for key in keys)
        assert not any(task.done() for task in tasks)
        for task in tasks:
            task.cancel()

    finish(main())


def test_draining_waits_for_keys_in_work_and_hands_out_no_more() -> None:
    async def main() -> None:
        queue = WorkQueue()
        for key in (A, B, C):
            queue.put(key)
        assert await queue.get() == A
        idle = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        draining = asyncio.create_task(queue.drain(10))
        assert await idle == B
        late = asyncio.create_task(queue.get())
        await asyncio.sleep(0.01)
        queue.put(D)
        queue.put(A)
        queue.done(A)
        await asyncio.sleep(0.01)
        assert not draining.done()
        queue.done(B)
        await draining
        assert not late.done()
        assert len(queue) == 0
        late.cancel()

    finish(main())


def test_a_worker_woken_by_a_drained_queue_keeps_waiting() -> None:
    async def main() -> None:
        queue = WorkQueue()
        worker = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        queue.put(A)
        await queue.drain(1)
        await asyncio.sleep(0.01)
        assert not worker.done()
        worker.cancel()

    finish(main())


def test_draining_ends_after_its_timeout() -> None:
    async def main() -> None:
        queue = WorkQueue()
        queue.put(A)
        await queue.get()
        await queue.drain(0.05)
        assert len(queue) == 1

    finish(main())


def test_timers_fire_in_order_once_and_not_early() -> None:
    async def main() -> None:
        came: list[tuple[str, datetime]] = []
        timers = Timers(lambda key: came.append((key[1], datetime.now(UTC))))
        now = datetime.now(UTC)
        at = {"late": 0.2, "early": 0.05, "past": -5.0}
        for key, seconds in at.items():
            timers.set(("bim", key), now + timedelta(seconds=seconds))
        await until(lambda: len(came) == 3)
        assert [key for key, _ in came] == ["past", "early", "late"]
        assert all(moment >= now + timedelta(seconds=at[key]) for key, moment in came)
        await asyncio.sleep(0.05)
        assert len(came) == 3

    finish(main())


def test_a_new_time_replaces_the_former_one_and_none_cancels_it() -> None:
    async def main() -> None:
        came: list[str] = []
        timers = Timers(lambda key: came.append(key[1]))
        now = datetime.now(UTC)
        timers.set(("bim", "moved"), now + timedelta(seconds=0.05))
        timers.set(("bim", "taken back"), now + timedelta(seconds=0.05))
        timers.set(("bim", "sooner"), now + timedelta(seconds=60))
        timers.set(("bim", "moved"), now + timedelta(seconds=0.15))
        timers.set(("bim", "taken back"), None)
        timers.set(("bim", "sooner"), now + timedelta(seconds=0.05))
        await until(lambda: "sooner" in came)
        assert came == ["sooner"]
        await until(lambda: len(came) > 1)
        assert came == ["sooner", "moved"]

    finish(main())
