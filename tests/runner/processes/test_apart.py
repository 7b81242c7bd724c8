"""Work in a process of its own returns its result, ends as that process ended, and ends with its parent."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from ifcjob_runner.processes import geometry_scheduler
from ifcjob_runner.processes.engine_process import Child, EngineProcess
from ifcjob_runner.processes.roles.apart import result_of
from tests.support import samples
from tests.support.corpus import corpus_file
from tests.support.plain_step import with_more
from tests.support.runs import SetFaults, run_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ifcjob_runner.processes.messages import Role


def _status_of(work: Callable[[], object], file: Path) -> int:
    """Return how a process ends that does the work apart."""
    pid = os.fork()
    if pid == 0:
        status = 9
        try:
            status = 0 if result_of(work, file) == {"answer": 42} else 8
        except ValueError:  # in the process of the work, which reports it
            status = 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class _Deep(dict[str, int]):
    """A result that holds lists within lists."""

    def __init__(self, **items: int) -> None:
        super().__init__(**items)
        self.nested: list[Any] = []
        for _ in range(3000):
            self.nested = [self.nested]


def _raise() -> NoReturn:
    raise ValueError


@pytest.mark.parametrize(
    ("work", "status"),
    [
        (lambda: {"answer": 42}, 0),
        (lambda: _Deep(answer=42), 0),
        (_raise, 1),
        (lambda: os._exit(65), 65),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), -signal.SIGKILL),
        (lambda: os.kill(os.getpid(), signal.SIGUSR1), -signal.SIGUSR1),
    ],
    ids=["result", "deep result", "exception", "exit", "killed", "signal"],
)
def test_a_process_ends_as_its_work_ended_apart(work: Callable[[], object], status: int, tmp_path: Path) -> None:
    assert _status_of(work, tmp_path / "result") == status
    assert not list(tmp_path.iterdir())


def test_work_ends_with_the_process_that_waits_for_it(tmp_path: Path) -> None:
    read, write = os.pipe()

    def work() -> None:
        os.write(write, b"begun")
        time.sleep(60)

    if (pid := os.fork()) == 0:
        os.close(read)
        result_of(work, tmp_path / "result")
        os._exit(0)
    os.close(write)
    assert os.read(read, 5) == b"begun"
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert os.read(read, 1) == b"", "the last holder of the pipe has ended"
    os.close(read)


def test_a_large_file_is_read_apart_and_loses_only_a_line_that_kills_the_engine(
    tmp_path: Path, set_faults: SetFaults
) -> None:
    model = samples.two_walls_with_opening()
    small = samples.write(model, tmp_path / "small.ifc")
    large = tmp_path / "large.ifc"
    large.write_text(with_more(small.read_text(), "\n" * (33 << 20)))
    whole = run_file(small, tmp_path / "whole").folder
    finished = run_file(large, tmp_path / "out")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    for name in ("spatial-tree.json", "elements.parquet", "properties.parquet", "model.glb"):
        assert (finished.folder / name).read_bytes() == (whole / name).read_bytes()
    number = model.by_type("IfcPropertySet")[-1].id()
    set_faults(reading={number: "crash"})
    finished = run_file(large, tmp_path / "lost")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert any(f"#{number}" in finding["message"] for finding in finished.manifest["findings"])


@pytest.mark.parametrize(
    ("huge_bytes", "first"),
    [(0, ["mesher", "lite", "data"]), (1 << 40, ["mesher", "data", "lite"])],
    ids=["huge", "not huge"],
)
def test_a_huge_file_is_open_in_one_process_at_a_time(
    huge_bytes: int, first: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawned: list[str] = []
    spawn = EngineProcess.spawn

    def recorded(process: EngineProcess, role: Role) -> Child:
        spawned.append(role["kind"])
        return spawn(process, role)

    monkeypatch.setattr(EngineProcess, "spawn", recorded)
    monkeypatch.setattr(geometry_scheduler, "HUGE_FILE_BYTES", huge_bytes)
    finished = run_file(corpus_file("duplex_arch.ifc"), tmp_path / "out", limits={"workers": 2})
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert spawned[:3] == first
    assert finished.manifest["coverage"]["skipped"] == []
