"""Clones of the engine process: each serves its own supervisor, and none feels the end of another."""

import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ifcjob_runner.processes import engine_process
from ifcjob_runner.processes.cgroup import memory_in_use
from ifcjob_runner.processes.engine_process import EngineProcess
from ifcjob_runner.processes.messages import LiteRole

ROLE: LiteRole = {"kind": "lite", "name": "test", "path": "/nowhere", "folder": "/nowhere", "threads": 1}


@pytest.fixture
def clones() -> Iterator[list[EngineProcess]]:
    """Give two clones of a new engine process."""
    engine_process.stop()
    engine_process.start().prepare(engine_process.PRELOAD)
    clones = [engine_process.start().clone() for _ in range(2)]
    yield clones
    engine_process.stop()


def exit_of_role(clone: EngineProcess) -> int | None:
    """Return the exit status of a role that fails, because its folder does not exist."""
    child = clone.spawn(ROLE)
    assert child.receive()["kind"] == "failed"
    while not (exits := clone.take_exits()):
        pass
    assert exits == [child]
    return child.exit_status


def test_each_clone_runs_roles_and_reports_their_ends(clones: list[EngineProcess]) -> None:
    assert [exit_of_role(clone) for clone in (*clones, clones[0])] == [1, 1, 1]
    assert [clone.process.poll() for clone in clones] == [None, None]


def test_a_clone_survives_the_kill_of_another(clones: list[EngineProcess]) -> None:
    psutil.Process(clones[0].process.pid).kill()
    assert clones[0].process.wait() == -9
    assert exit_of_role(clones[1]) == 1


def test_the_engine_process_runs_roles_after_it_was_cloned(clones: list[EngineProcess]) -> None:
    assert [exit_of_role(engine_process.start()) for _ in clones] == [1, 1]


def test_memory_that_clones_share_counts_in_full_for_each(clones: list[EngineProcess]) -> None:
    pids = [os.getpid(), clones[0].process.pid]
    supervisor, clone = (psutil.Process(pid).memory_info().rss for pid in pids)
    assert memory_in_use(pids[1:]).total < 0.8 * clone
    assert memory_in_use(pids, forked_from_others=True).total == pytest.approx(supervisor + clone, rel=0.05)


def test_memory_that_a_clone_shares_with_its_child_counts_once(clones: list[EngineProcess]) -> None:
    before = memory_in_use([os.getpid(), clones[0].process.pid], forked_from_others=True).total
    clones[0].spawn(ROLE)
    after = memory_in_use([os.getpid(), clones[0].process.pid, *clones[0].children], forked_from_others=True).total
    assert after < before + psutil.Process(clones[0].process.pid).memory_info().rss / 2


@pytest.mark.parametrize("end", ["close", "leave", "stop"])
def test_a_clone_ends_with_its_supervisor_and_with_the_engine_process(clones: list[EngineProcess], end: str) -> None:
    process = psutil.Process(clones[0].process.pid)
    match end:
        case "close":
            clones[0].close()
        case "leave":  # as when its supervisor is killed
            clones[0].leave()
        case "stop":
            for clone in clones:
                clone.leave()
            engine_process.stop()
    assert not psutil.wait_procs([process], timeout=10)[1]


def test_a_clone_has_loaded_pyarrow_for_its_children(clones: list[EngineProcess]) -> None:
    maps = Path(f"/proc/{clones[0].process.pid}/maps").read_text()
    assert "libparquet.so" in maps
