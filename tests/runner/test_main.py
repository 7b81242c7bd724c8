"""The container's entry point: its report and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FailureReason
from ifcjob.report import RunReport
from tests.support.entry_point import ARTIFACTS, EntryPoint, request_for

if TYPE_CHECKING:
    from collections.abc import Callable

FAULTY_ENGINE = Path(__file__).parents[1] / "support" / "faulty_engine"


def test_a_run_writes_its_report_and_exits_with_0(entry: EntryPoint, walls: Path, tmp_path: Path) -> None:
    about = {"ifcjob": "models/walls", "uid": "u-1", "attempt": 3}
    ended = entry.run(request_for(walls, tmp_path / "out", **about))
    assert (ended.code, ended.report.outcome, ended.report.failure) == (0, "Succeeded", None)
    assert {path.name for path in (tmp_path / "out").iterdir()} == ARTIFACTS
    assert {path.name for path in entry.folder.iterdir()} == {"request.json", "termination-log"}
    lines = [json.loads(line) for line in ended.log.splitlines()]
    assert {"fetch", "geometry", "properties", "publish"} <= {line["stage"] for line in lines[:-1]}
    assert lines[-1]["event"] == "run finished"
    assert all(line.items() >= about.items() for line in lines)


def test_the_request_may_come_from_stdin(walls: Path, tmp_path: Path) -> None:
    request = json.dumps(request_for(walls, tmp_path / "out", operations={"metadata": {}}))
    arguments = [sys.executable, "-m", "ifcjob_runner", "-"]
    done = subprocess.run(arguments, input=request, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert RunReport.model_validate_json(done.stdout).outcome == "Succeeded"


@pytest.mark.parametrize(
    ("request_text", "complaint"),
    [
        ("", "not valid at its top"),
        ('{"source": ', "not valid at its top"),
        ('{"source": {"uri": "a.ifc"}}', "not valid at output"),
        ('{"source": {"uri": "a.ifc"}, "output": {}}', "exactly one of folder or uploads"),
        ('{"source": {"uri": "a.ifc"}, "output": {"folder": "o"}, "attempt": 0}', "not valid at attempt"),
    ],
)
def test_an_invalid_request_names_the_field(entry: EntryPoint, request_text: str, complaint: str) -> None:
    ended = entry.run(request_text)
    assert ended.code == os.EX_USAGE
    assert ended.report.failure is not None
    assert ended.report.failure.reason == FailureReason.INVALID_REQUEST
    assert complaint in ended.report.failure.message


def test_an_unreadable_request_is_named(entry: EntryPoint) -> None:
    arguments = [sys.executable, "-m", "ifcjob_runner", str(entry.folder / "none.json")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
    report = RunReport.model_validate_json(done.stdout)
    assert done.returncode == os.EX_USAGE
    assert report.failure is not None
    assert "none.json" in report.failure.message


@pytest.mark.parametrize(
    ("content", "reason", "code"),
    [
        (lambda _: None, FailureReason.INPUT_NOT_FOUND, os.EX_NOINPUT),
        (lambda _: b"%PDF-1.7", FailureReason.NOT_AN_IFC_FILE, os.EX_DATAERR),
        (lambda whole: whole[: len(whole) // 2], FailureReason.TRUNCATED_FILE, os.EX_DATAERR),
    ],
    ids=["none", "pdf", "half"],
)
def test_a_failure_exits_with_the_code_of_its_reason(
    entry: EntryPoint,
    walls: Path,
    tmp_path: Path,
    content: Callable[[bytes], bytes | None],
    reason: FailureReason,
    code: int,
) -> None:
    source = tmp_path / "a.ifc"
    if (damaged := content(walls.read_bytes())) is not None:
        source.write_bytes(damaged)
    ended = entry.run(request_for(source, tmp_path / "out"))
    assert ended.report.failure is not None
    assert (ended.report.failure.reason, ended.code) == (reason, code)
    assert not (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("fault", "reason", "code"), [("kill", FailureReason.OUT_OF_MEMORY, 72), ("crash", FailureReason.CRASHED, 71)]
)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_dead_data_child_has_the_reason_of_its_signal(
    entry: EntryPoint, walls: Path, tmp_path: Path, fault: str, reason: FailureReason, code: int, workers: int
) -> None:
    faults = {"PYTHONPATH": str(FAULTY_ENGINE), "IFCJOB_TEST_FAULTS": json.dumps({"data": fault})}
    ended = entry.run(request_for(walls, tmp_path / "out", limits={"workers": workers}), **faults)
    assert ended.report.failure is not None
    assert (ended.report.failure.reason, ended.code) == (reason, code)


def test_a_child_that_ends_before_the_engine_process_is_ready_is_noticed(
    entry: EntryPoint, walls: Path, tmp_path: Path
) -> None:
    """A small file needs the first child only, which may be done while the engine process still imports."""
    slow = """
import sys, time

class Slow:
    def find_spec(self, name, *_):
        if name == "ifcjob_runner.processes.roles.lite":
            time.sleep(2)

sys.meta_path.insert(0, Slow())
"""
    (tmp_path / "sitecustomize.py").write_text(slow, encoding="utf-8")
    request = request_for(walls, tmp_path / "out", operations={"metadata": {}})
    assert entry.run(request, PYTHONPATH=str(tmp_path)).code == 0
