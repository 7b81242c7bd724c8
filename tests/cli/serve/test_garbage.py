"""Pauses of the garbage collector: old objects are visited rarely, and garbage is freed nevertheless."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest

from ifcjob_cli.serve import garbage
from tests.support.async_tests import finish, until


class Cycle:
    """Garbage that only the collector frees."""

    def __init__(self) -> None:
        self.itself = self


def test_objects_that_survive_are_not_visited_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "FREEZE_SECONDS", 0.001)

    async def use() -> None:
        before, kept = gc.get_threshold(), [Cycle() for _ in range(1000)]
        collecting = asyncio.create_task(garbage.keep_pauses_short())
        await until(lambda: gc.get_freeze_count() > len(kept))
        assert gc.get_threshold()[2] == 2**30, "there is no full collection between the turns"
        await until(lambda: not {id(cycle) for cycle in kept} & {id(item) for item in gc.get_objects()})
        collecting.cancel()
        await asyncio.wait([collecting])
        assert (gc.get_freeze_count(), gc.get_threshold()) == (0, before)

    finish(use())


@pytest.mark.parametrize("old", [False, True], ids=["new", "old"])
def test_garbage_is_freed(monkeypatch: pytest.MonkeyPatch, *, old: bool) -> None:
    monkeypatch.setattr(garbage, "FREEZE_SECONDS", 0.001)
    monkeypatch.setattr(garbage, "FULL_TURNS", 3 if old else 10**9)

    async def use() -> Any:
        collecting = asyncio.create_task(garbage.keep_pauses_short())
        await asyncio.sleep(0)
        cycle: Any = Cycle()
        reference = weakref.ref(cycle)
        if old:
            gc.freeze()
        del cycle
        await until(lambda: reference() is None)
        collecting.cancel()
        await asyncio.wait([collecting])

    finish(use())
