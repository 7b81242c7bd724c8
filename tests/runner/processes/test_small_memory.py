"""Too little memory ends a run quickly with a report, before the kernel rereads its code for minutes."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FAILURES, FailureReason, RunFailure
from ifcjob.report import RunReport
from ifcjob.request import Limits
from ifcjob_runner.processes import limits
from ifcjob_runner.processes.cgroup import MemoryInUse
from ifcjob_runner.processes.limits import Limiter
from tests.support.corpus import corpus_file
from tests.support.entry_point import request_for
from tests.support.small_memory import run_with_memory

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20


def failure_in(source: Path, folder: Path, limit_bytes: int) -> RunReport:
    request = folder / "request.json"
    request.write_text(json.dumps(request_for(source, folder / "out", limits={"workers": 1})))
    program = [sys.executable, "-m", "ifcjob_runner", str(request)]
    done = run_with_memory(program, limit_bytes, seconds=60)
    report = RunReport.model_validate_json(done.stdout)
    assert report.failure is not None, done.stderr
    assert report.failure.reason == FailureReason.OUT_OF_MEMORY
    assert done.returncode == FAILURES[FailureReason.OUT_OF_MEMORY].exit_code
    return report


def test_a_container_below_the_minimum_memory_is_reported(walls: Path, tmp_path: Path) -> None:
    report = failure_in(walls, tmp_path, 64 * MIB)
    assert report.failure is not None
    assert report.failure.message == "the memory limit is 64 MiB, and every run needs at least 96 MiB"
    assert not report.stages, "no stage began"
    assert 0 < report.peak_memory_bytes < 64 * MIB


def test_a_container_too_small_for_its_file_ends_within_a_minute(tmp_path: Path) -> None:
    report = failure_in(corpus_file("janesville.ifc"), tmp_path, 128 * MIB)
    assert report.failure is not None
    assert report.failure.message.endswith("its limit is 128 MiB")


@pytest.mark.parametrize(
    ("cgroup", "requested", "in_use", "result"),
    [
        (None, None, 64_000, "continues"),
        (None, 1000, 845, "continues"),
        (None, 1000, 900, "shrinks"),
        (None, 1000, 941, "stops"),
        (200, None, 136, "continues"),
        (200, None, 150, "shrinks"),
        (200, None, 153, "stops"),
        (4000, None, 3755, "shrinks"),
        (4000, None, 3761, "stops"),
        (4000, 200, 187, "shrinks"),
        (4000, 200, 189, "stops"),
    ],
)
def test_a_limit_leaves_memory_for_the_engines_code(
    monkeypatch: pytest.MonkeyPatch, cgroup: int | None, requested: int | None, in_use: int, result: str
) -> None:
    """All numbers are MiB."""
    monkeypatch.setattr(limits, "memory_limit", lambda: cgroup and cgroup * MIB)
    monkeypatch.setattr(limits, "memory_in_use", lambda _: MemoryInUse(total=in_use * MIB, pinned=in_use * MIB))
    shrunk: list[bool] = []
    limiter = Limiter(Limits(memory_bytes=requested and requested * MIB), list)
    try:
        limiter.check(lambda: not shrunk.append(True))
    except RunFailure:
        assert result == "stops"
    else:
        assert result == ("shrinks" if shrunk else "continues")
