"""The ring of events: numbered, coalesced, bounded, and resumable."""

from __future__ import annotations

import asyncio

import pytest

from ifcjob_api.live.ring import Ring, TooSlow
from tests.support.async_tests import finish

HOUSE, TOWER = ("bim", "house"), ("bim", "tower")


def test_changes_of_a_job_within_a_moment_are_one_event() -> None:
    async def use() -> list[bytes]:
        ring = Ring()
        for percent in (b"1", b"2", b"3"):
            ring.publish("job", HOUSE, percent)
        ring.publish("job", TOWER, b"0")
        ring.publish("queue", HOUSE, b"queue of the same name")
        await ring.wait(1, 5)
        return [event.encoded.split(b"data: ")[1].strip() for event in ring.since(1)]

    assert finish(use()) == [b"3", b"0", b"queue of the same name"]


def test_a_deletion_replaces_a_change() -> None:
    async def use() -> list[str]:
        ring = Ring()
        ring.publish("job", HOUSE, b"1")
        ring.publish("deleted", HOUSE, b"2")
        ring.flush()
        return [event.name for event in ring.since(1)]

    assert finish(use()) == ["deleted"]


def ring_after_five_events() -> Ring:
    """Return a ring that keeps three events and got five."""
    ring = Ring(kept=3)
    for number in range(5):
        ring.publish("job", ("bim", f"h{number}"), b"")
    ring.flush()
    return ring


def test_a_slow_subscriber_is_told_instead_of_missing_events() -> None:
    async def use() -> None:
        ring = ring_after_five_events()
        assert len(ring.since(3)) == 3
        with pytest.raises(TooSlow):
            ring.since(2)

    finish(use())


def test_a_subscriber_resumes_after_its_last_event() -> None:
    async def use() -> None:
        ring = ring_after_five_events()
        assert ring.position_after(ring.event_id(5)) == 6
        assert ring.position_after(ring.event_id(2)) == 3
        assert ring.position_after(ring.event_id(1)) is None, "event 2 is gone"
        assert ring.position_after(ring.event_id(6)) is None, "not yet sent"
        for other in (Ring().event_id(5), "", "5", "-", f"{ring.epoch}-x", f"{ring.epoch}-{'9' * 50}"):
            assert ring.position_after(other) is None

    finish(use())


def test_waiting_ends_at_an_event_or_after_the_time() -> None:
    async def use() -> list[int]:
        ring = Ring()
        await ring.wait(1, 0.01)
        assert ring.since(1) == []
        waiting = asyncio.create_task(ring.wait(1, 30))
        await asyncio.sleep(0)
        ring.publish("job", HOUSE, b"")
        await waiting
        return [event.number for event in ring.since(1)]

    assert finish(use()) == [1]
