"""The engine process as a fork of a program that has just started."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from pathlib import Path

RUN = """
import sys
from ifcjob_runner.processes import engine_process
engine_process.start_early()
forked = engine_process.start()
from ifcjob.request import RunRequest
from ifcjob_runner.pipeline import run
from ifcjob_runner.progress.observer import SilentObserver
request = RunRequest.model_validate({"source": {"uri": sys.argv[1]}, "output": {"folder": sys.argv[2]}})
print(run(request, SilentObserver()).outcome, engine_process.start() is forked, type(forked.process).__name__)
"""
STOP_AT_ONCE = """
from ifcjob_runner.processes import engine_process
for _ in range(20):
    engine_process.start_early()
    engine_process.stop()
print("stopped")
"""
CLOSE_PIPE = """
import os
from ifcjob_runner.processes import engine_process
ours, theirs = os.pipe()
engine_process.start_early()
os.close(theirs)
print(os.read(ours, 1), engine_process.start().process.poll())
"""
IGNORE_CHILDREN = f"""
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
{RUN}
engine_process.stop()
print("stopped")
"""
BREAK_IMPORT = """
import sys
sys.modules[sys.argv[1]] = None
from ifcjob_runner.processes import engine_process
engine_process.start_early()
forked = engine_process.start()
print(forked.process.wait(), forked.log_tail().splitlines()[-1])
"""
PARSE_LATER = """
import sys
from ifcjob_runner.processes import engine_process
engine_process.start_early = lambda: print("early", "ifcjob_cli.arguments" not in sys.modules, flush=True)
from ifcjob_cli.__main__ import entry
entry()
"""
START_SLOWLY = """
import os, signal
from ifcjob_cli.__main__ import entry
from ifcjob_runner.processes import engine_process
start_early = engine_process.start_early
def start_and_suspend():
    start_early()
    pid = engine_process.start().process.pid
    os.kill(pid, signal.SIGSTOP)
    print(pid)
engine_process.start_early = start_and_suspend
entry()
"""


def output_of(program: str, *arguments: str | Path) -> str:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout.strip()


def test_a_fork_serves_the_whole_run(walls: Path, tmp_path: Path) -> None:
    assert output_of(RUN, walls, tmp_path / "out") == "Succeeded True ForkedProcess"


def test_a_caller_that_ignores_the_ends_of_children_changes_nothing(walls: Path, tmp_path: Path) -> None:
    assert output_of(IGNORE_CHILDREN, walls, tmp_path / "out").splitlines()[-1] == "stopped"


def test_a_fork_can_be_stopped_before_it_leads_its_process_group() -> None:
    assert output_of(STOP_AT_ONCE) == "stopped"


def test_a_fork_keeps_no_files_of_its_parent_open() -> None:
    assert output_of(CLOSE_PIPE) == "b'' None"


@pytest.mark.parametrize("module", ["ifcopenshell", "ifcjob_runner.processes.engine_main"])
def test_a_fork_that_fails_leaves_its_traceback_in_the_log(module: str) -> None:
    assert output_of(BREAK_IMPORT, module) == f"1 ModuleNotFoundError: import of {module} halted; None in sys.modules"


@pytest.mark.parametrize(
    ("arguments", "starts"),
    [(["--no-such-option"], ["early True"]), (["house.ifc", "--help"], []), (["house.ifc", "--dry-run"], [])],
    ids=["run", "help", "dry run"],
)
def test_the_command_starts_the_engine_process_before_it_parses(
    tmp_path: Path, arguments: list[str], starts: list[str]
) -> None:
    output = output_of(PARSE_LATER, "run", *arguments, "-o", tmp_path)
    assert [line for line in output.splitlines() if line.startswith("early")] == starts


def test_an_invalid_command_line_stops_the_engine_process(tmp_path: Path) -> None:
    pid = output_of(START_SLOWLY, "run", "--no-such-option", "-o", tmp_path)
    assert not psutil.pid_exists(int(pid))
