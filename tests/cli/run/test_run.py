"""`ifcjob run` without a terminal, on a scripted pipeline: outputs and exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FAILURES
from ifcjob.report import RunReport
from tests.cli.command import ROOT, lines, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def models(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    for name, script in {"good": {}, "bad": {"fail": "NotAnIfcFile"}, "thin": {"skip": 3}}.items():
        (tmp_path / "models" / f"{name}.ifc").write_text(json.dumps(script))
    return tmp_path


def test_success_exits_with_0_and_fills_the_output_folder(models: Path) -> None:
    done = run("run", "models/good.ifc", cwd=models)
    assert done.returncode == 0
    assert (models / "ifcjob-out" / "good" / "manifest.json").is_file()
    assert [path.name for path in (models / "ifcjob-out").iterdir()] == ["good"]


@pytest.mark.parametrize("reason", [reason for reason, row in FAILURES.items() if row.exit_code], ids=str)
def test_failure_exits_with_the_code_of_its_reason(tmp_path: Path, reason: str) -> None:
    (tmp_path / "a.ifc").write_text(json.dumps({"fail": reason}))
    done = run("run", "a.ifc", "--quiet", cwd=tmp_path)
    assert done.returncode == FAILURES[reason].exit_code  # type: ignore[index]


def test_later_files_run_and_the_first_failure_sets_the_exit_code(models: Path) -> None:
    done = run("run", "models/bad.ifc", "nothing/*.ifc", "models/good.ifc", cwd=models)
    assert done.returncode == 65
    assert (models / "ifcjob-out" / "good" / "model.glb").is_file()
    done = run("run", "nothing/*.ifc", "models", cwd=models)
    assert done.returncode == 66


def test_interruption_stops_the_remaining_files(models: Path) -> None:
    (models / "models" / "a.ifc").write_text('{"fail": "Interrupted"}')
    done = run("run", "models", "--json", "--parallel", "1", cwd=models)
    assert done.returncode == 75
    assert len(lines(done.stdout)) == 1
    assert lines(done.stderr)[-1] | {"not_started": 3, "failed": 1} == lines(done.stderr)[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("ended", [0, 1])
def test_a_signal_between_two_files_ends_the_command_with_its_counts(
    tmp_path: Path, number: signal.Signals, ended: int
) -> None:
    for index, name in enumerate(("a.ifc", "b.ifc")):
        (tmp_path / name).write_text(json.dumps({"signal": number} if index == ended else {}))
    done = run("run", ".", "--json", "--parallel", "1", cwd=tmp_path)
    assert done.returncode == 75
    assert len(lines(done.stdout)) == ended
    *_, counts, message = done.stderr.splitlines()
    assert json.loads(counts).items() >= {"event": "command finished", "files": 2, "not_started": 2 - ended}.items()
    assert message == "ifcjob: interrupted"


def test_json_prints_only_the_report_on_stdout(models: Path) -> None:
    (models / "models" / "chatty.ifc").write_text('{"print": "a library says hello"}')
    done = run("run", "models/chatty.ifc", "--json", cwd=models)
    (report,) = lines(done.stdout)
    assert RunReport.model_validate(report).summary.elements == 1512
    assert (report["source"], report["folder"]) == ("models/chatty.ifc", "ifcjob-out/chatty")
    assert "a library says hello" in done.stderr


def test_json_prints_one_line_per_file(models: Path) -> None:
    done = run("run", "models", "nothing/*.ifc", "--json", "--quiet", cwd=models)
    reports = lines(done.stdout)
    assert [report["outcome"] for report in reports] == ["Failed", "Succeeded", "Succeeded", "Failed"]
    assert [report["source"] for report in reports] == [
        "models/bad.ifc", "models/good.ifc", "models/thin.ifc", "nothing/*.ifc",
    ]  # fmt: skip


def test_without_json_stdout_stays_empty(models: Path) -> None:
    assert run("run", "models", cwd=models).stdout == ""


def test_log_has_one_line_per_stage_without_a_terminal(models: Path) -> None:
    written = lines(run("run", "models/good.ifc", cwd=models).stderr)
    assert [line.get("stage") for line in written] == [
        "fetch", "inspect", "metadata", "spatial_tree", "properties", "geometry", "gltf", "publish", None,
    ]  # fmt: skip
    assert {line["event"] for line in written[:-1]} == {"stage finished"}
    final = written[-1]
    assert (final["event"], final["level"], final["elements"]) == ("run finished", "info", 1512)
    assert all(line["file"] == "good.ifc" and line["timestamp"] for line in written)


def test_final_log_line_counts_failures_and_shortfalls(models: Path) -> None:
    written = lines(run("run", "models", cwd=models).stderr)
    finals = [line for line in written if line["event"].startswith("run ")]
    assert [(line["event"], line["level"]) for line in finals] == [
        ("run failed", "error"), ("run finished", "info"), ("run finished", "warning"),
    ]  # fmt: skip
    assert (finals[0]["reason"], bool(finals[0]["hint"])) == ("NotAnIfcFile", True)
    assert written[-1]["failed"] == 1


def test_quiet_prints_errors_only(models: Path) -> None:
    assert run("run", "models/good.ifc", "models/thin.ifc", "--quiet", cwd=models).stderr == ""
    (line,) = lines(run("run", "models", "--quiet", cwd=models).stderr)
    assert line["reason"] == "NotAnIfcFile"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bogus"], "unknown option --bogus"),
        (["--deadline", "soon"], "'soon' is not a time"),
        (["--only", "geometry"], "--only: unknown operation geometry"),
        (["--linear-deflection", "5"], "--linear-deflection: must be less than or equal to 1"),
        (["models/bad.ifc", "--sha256", "a" * 64], "--sha256 is for one file, but the sources have 2"),
    ],
)
def test_usage_error_prints_a_line_and_a_hint_and_exits_with_64(
    models: Path, arguments: list[str], message: str
) -> None:
    done = run("run", "models/good.ifc", *arguments, cwd=models)
    assert done.returncode == 64
    what, hint = done.stderr.splitlines()
    assert message in what
    assert hint
    assert done.stdout == ""
    assert not (models / "ifcjob-out").exists()


@pytest.mark.parametrize("output", ["ftp://host/out", "https://host/out", "file:///out", "gs://bucket/out"])
def test_other_urls_than_s3_are_refused_as_output(models: Path, output: str) -> None:
    done = run("run", "models/good.ifc", "-o", output, cwd=models)
    assert done.returncode == 64
    assert "--output: artifacts cannot be written to a " in done.stderr
    assert "s3://bucket/prefix" in done.stderr
    assert {path.name for path in models.iterdir()} == {"models"}


def test_log_format_text_is_for_people(models: Path) -> None:
    written = run("run", "models/good.ifc", "--log-format", "text", cwd=models).stderr
    assert "run finished" in written
    assert "folder=ifcjob-out/good" in written
    assert "\x1b" not in written


def test_verbose_logs_starts_progress_and_findings(models: Path) -> None:
    (models / "models" / "odd.ifc").write_text('{"findings": 1}')
    events = [line["event"] for line in lines(run("run", "models/odd.ifc", "--verbose", cwd=models).stderr)]
    assert events[0] == "stage started"
    assert {"stage started", "stage finished", "progress", "finding", "run finished"} == set(events)
    assert "progress" not in run("run", "models/thin.ifc", cwd=models).stderr


@pytest.mark.parametrize("arguments", [["--bogus"], ["--only", "geometry"]])
def test_json_prints_a_report_for_a_usage_error(models: Path, arguments: list[str]) -> None:
    (report,) = lines(run("run", "models/good.ifc", "--json", *arguments, cwd=models).stdout)
    assert report["failure"]["reason"] == "InvalidRequest"


def test_files_with_the_same_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    for folder in ("tower", "annex"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "house.ifc").write_text("{}")
    done = run("run", ".", "--json", cwd=tmp_path)
    assert [report["folder"] for report in lines(done.stdout)] == ["ifcjob-out/annex-house", "ifcjob-out/tower-house"]


def test_closed_stdout_does_not_stop_the_files(models: Path) -> None:
    command = f"{sys.executable} -m tests.cli.scripted_pipeline run {models}/models -o {models}/out --json | head -c 1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    assert (models / "out" / "thin" / "manifest.json").is_file()
