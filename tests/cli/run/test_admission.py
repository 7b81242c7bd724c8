"""Which files run side by side: by size, memory and number, without any run."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from ifcjob.memory import memory_for_file, memory_for_workers
from ifcjob_cli.arguments import parse
from ifcjob_cli.run.admission import SMALL_BYTES, Admission, Machine
from ifcjob_cli.run.machine import machine_for

MB = 1_000_000
NEED = memory_for_file(MB)


def machine(*, memory: int | None = None, at_once: int = 2, is_limited: bool = True) -> Machine:
    return Machine(cpus=at_once, memory=memory, is_limited=is_limited, at_once=at_once)


def admitted(admission: Admission) -> list[int]:
    """Admit as many files as fit now."""
    return [grant.index for grant in iter(admission.next, None)]


def test_small_files_start_in_their_order_as_many_as_run_at_once() -> None:
    admission = Admission([MB] * 4, machine(at_once=3))
    assert admitted(admission) == [0, 1, 2]
    admission.finish(1)
    assert admitted(admission) == [3]


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ([MB, 27 * MB, MB], [0, 2]),
        ([20 * MB] * 10, list(range(10))),
        ([20 * MB, 20 * MB], []),
        ([MB, None, MB], [0, 2]),
        ([MB, 30 * MB], []),
        ([SMALL_BYTES] * 2, [0, 1]),
    ],
    ids=["big among small", "many of 20 MB", "two of 20 MB", "unknown size", "one small file", "two of the bound"],
)
def test_big_files_and_those_of_unknown_size_are_left(sizes: list[int | None], chosen: list[int]) -> None:
    assert Admission(sizes, machine()).waiting == chosen


def test_one_file_at_once_leaves_all_files() -> None:
    assert Admission([MB] * 5, machine(at_once=1)).waiting == []


def test_files_wait_for_memory_and_smaller_ones_pass() -> None:
    large = 8 * MB
    admission = Admission([large, large, MB, MB], machine(memory=memory_for_file(large) * 2 - MB, at_once=4))
    assert admission.waiting == [2, 3]  # two large ones do not fit together, so they gain nothing
    admission = Admission([large, large, MB], machine(memory=memory_for_file(large) * 2, at_once=3))
    first, second = admission.next(), admission.next()
    assert first
    assert second
    assert (first.index, second.index) == (0, 1)
    assert admission.next() is None
    admission.finish(0)
    third = admission.next()
    assert third
    assert third.index == 2


def test_memory_that_holds_one_file_leaves_all_files() -> None:
    assert Admission([MB] * 5, machine(memory=2 * NEED - 1)).waiting == []


def test_files_need_memory_for_the_requested_workers() -> None:
    admission = Admission([MB] * 4, machine(memory=4 * NEED, at_once=4))
    assert len(admitted(admission)) == 4
    requested = replace(admission.machine, requested_workers=8)
    assert memory_for_workers(MB, 8) > NEED
    assert Admission([MB] * 4, requested).waiting == []


def test_requested_workers_count_in_the_memory_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ifcjob_cli.run.machine.available_cpus", lambda: 8)
    arguments = parse(["run", "a.ifc", "b.ifc", "--workers", "4"])
    assert (machine_for(arguments, []).workers, machine_for(arguments, []).at_once) == (4, 2)
    arguments = parse(["run", "a.ifc", "b.ifc", "--workers", "4", "--parallel", "8"])
    assert (machine_for(arguments, []).workers, machine_for(arguments, []).at_once) == (4, 8)
    arguments = parse(["run", "a.ifc", "b.ifc", "--parallel", "2"])
    assert machine_for(arguments, []).workers == 4


def test_without_a_limit_files_have_no_bound_and_still_fit_the_memory() -> None:
    admission = Admission([MB] * 4, machine(memory=2 * NEED, at_once=4, is_limited=False))
    grants = [admission.next(), admission.next()]
    assert all(grant and grant.memory is None for grant in grants)
    assert admission.next() is None


@pytest.mark.parametrize("seed", range(20))
def test_grants_together_never_exceed_the_limit_and_every_file_gets_its_turn(seed: int) -> None:
    chance = random.Random(seed)
    sizes = [chance.randrange(1, 12 * MB) for _ in range(60)]
    limit = chance.randrange(NEED * 2, NEED * 12)
    admission = Admission(sizes, machine(memory=limit, at_once=chance.randrange(2, 9)))
    expected, done = set(admission.waiting), set()
    running: dict[int, int] = {}
    while admission.waiting or running:
        while (grant := admission.next()) is not None:
            assert grant.memory is not None
            assert grant.memory >= memory_for_file(sizes[grant.index])
            running[grant.index] = grant.memory
        assert sum(running.values()) <= limit
        assert 0 < len(running) <= admission.machine.at_once
        index = chance.choice(list(running))
        admission.finish(index)
        done.add(index)
        del running[index]
    assert done == expected
