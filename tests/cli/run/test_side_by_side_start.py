"""The engine process for files side by side: it is not started without need, and a failure is left to the runs."""

from pathlib import Path

import pytest

from ifcjob_cli.arguments import parse
from ifcjob_cli.display.results import FileResult
from ifcjob_cli.display.selection import for_command
from ifcjob_cli.run.destination import destination_of
from ifcjob_cli.run.items import items_of
from ifcjob_cli.run.side_by_side import run_side_by_side
from ifcjob_runner.processes import cgroup, engine_process
from ifcjob_runner.processes.engine_process import EngineProcess


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let each start of the engine process fail, and list them."""
    starts: list[str] = []

    def fail() -> EngineProcess:
        starts.append("start")
        raise OSError(11, "no process can be forked")

    monkeypatch.setattr(engine_process, "start", fail)
    return starts


def run(folder: Path, parallel: int) -> dict[int, FileResult]:
    """Run two small files and return their results."""
    for name in ("a.ifc", "b.ifc"):
        (folder / name).write_text("small")
    arguments = parse(["run", str(folder), "--parallel", str(parallel), "-o", str(folder / "out")])
    results: dict[int, FileResult] = {}
    items = items_of(arguments, folder)
    assert len(items) == 2
    run_side_by_side(arguments, items, destination_of(arguments.output), for_command(arguments), results.__setitem__)
    return results


def test_an_engine_process_that_cannot_start_leaves_all_files(tmp_path: Path, starts: list[str]) -> None:
    assert run(tmp_path, parallel=2) == {}
    assert starts


def test_parallel_1_starts_no_engine_process(tmp_path: Path, starts: list[str]) -> None:
    assert run(tmp_path, parallel=1) == {}
    assert not starts


def test_too_little_memory_for_any_run_starts_no_engine_process(
    tmp_path: Path, starts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroup, "memory_limit", lambda: cgroup.MINIMUM_BYTES - 1)
    assert run(tmp_path, parallel=2) == {}
    assert not starts
