"""Too little memory ends a run quickly with a report, before the kernel rereads its code for minutes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bench.scale import replicate
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


def run_within(source: Path, folder: Path, limits: dict[str, int]) -> RunReport:
    folder.mkdir()
    request = folder / "request.json"
    request.write_text(json.dumps(request_for(source, folder / "out", limits=limits)))
    done = subprocess.run([sys.executable, "-m", "ifcjob_runner", str(request)], capture_output=True, check=False)
    return RunReport.model_validate_json(done.stdout)


@pytest.mark.parametrize("copies", [1, 2, 3], ids=["27 MB", "54 MB", "81 MB"])
def test_a_run_with_30_percent_less_memory_writes_the_same(copies: int, tmp_path: Path) -> None:
    source = tmp_path / "model.ifc"
    replicate(corpus_file("janesville.ifc"), source, copies=copies)
    free = run_within(source, tmp_path / "free", {"workers": 2})
    limit = int(free.peak_memory_bytes * 0.7)
    tight = run_within(source, tmp_path / "tight", {"memoryBytes": limit})
    assert (free.outcome, tight.outcome) == ("Succeeded", "Succeeded"), tight.failure
    assert tight.peak_memory_bytes < free.peak_memory_bytes
    for artifact in ("model.glb", "elements.parquet", "properties.parquet", "spatial-tree.json"):
        written = (tmp_path / "tight" / "out" / artifact).read_bytes()
        assert written == (tmp_path / "free" / "out" / artifact).read_bytes()


@pytest.mark.parametrize(
    ("cpus", "size", "is_tight"),
    [(1, 1, False), (2, 1, False), (16, 30, False), (1, 300, False), (2, 300, True), (16, 300, True), (1, 600, True)],
)
def test_a_limit_is_tight_when_the_file_cannot_be_open_twice(
    monkeypatch: pytest.MonkeyPatch, cpus: int, size: int, *, is_tight: bool
) -> None:
    """The size is in MB, and the limit 3 GiB."""
    monkeypatch.setattr(limits, "available_cpus", lambda: cpus)
    monkeypatch.setattr(limits, "memory_limit", lambda: None)
    limiter = Limiter(Limits(memory_bytes=3072 * MIB), list)
    limiter.fit_workers(size * 10**6)
    assert limiter.is_tight == is_tight


@pytest.mark.parametrize(
    ("available", "size", "workers"),
    [(8192, 500, 2), (1024, 500, 1), (64_000, 500, 16), (1024, 190, 16), (None, 500, 16)],
)
def test_a_huge_file_without_a_limit_gets_the_workers_that_the_system_holds(
    monkeypatch: pytest.MonkeyPatch, available: int | None, size: int, workers: int
) -> None:
    """The size is in MB, and the available memory in MiB."""
    monkeypatch.setattr(limits, "available_cpus", lambda: 16)
    monkeypatch.setattr(limits, "memory_limit", lambda: None)
    monkeypatch.setattr(limits, "available_memory", lambda: available and available * MIB)
    limiter = Limiter(Limits(), list)
    limiter.fit_workers(size * 10**6)
    assert limiter.workers == workers


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
    monkeypatch.setattr(limits, "memory_in_use", lambda *_, **__: MemoryInUse(total=in_use * MIB, pinned=in_use * MIB))
    shrunk: list[bool] = []

    def shrink() -> bool:
        shrunk.append(True)
        return True

    limiter = Limiter(Limits(memory_bytes=requested and requested * MIB), list)
    try:
        limiter.check(shrink)
    except RunFailure:
        assert result == "stops"
    else:
        assert result == ("shrinks" if shrunk else "continues")
