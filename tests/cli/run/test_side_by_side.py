"""Files side by side: the artifacts, reports and exit code are those of one file after another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from tests.cli.command import REAL, ROOT, lines, run
from tests.support import samples
from tests.support.served import wait_until

if TYPE_CHECKING:
    from pathlib import Path

FAULTY_ENGINE = ROOT / "tests" / "support" / "faulty_engine"
SIGNAL_AT = (*REAL[:1], "-m", "tests.cli.signal_at")
SIDE_BY_SIDE = ("--parallel", "2")


def events(text: str) -> list[dict[str, Any]]:
    return lines("\n".join(line for line in text.splitlines() if line.startswith("{")))


def contents(folder: Path) -> dict[str, bytes]:
    """Return all artifacts below the folder; manifest.json has times."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def without_measures(report: dict[str, Any]) -> dict[str, Any]:
    measures = {"folder", "stages", "seconds", "cpuSeconds", "peakMemoryBytes", "manifestSha256"}
    return {name: value for name, value in report.items() if name not in measures}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Five files, the third of which fails."""
    for number in (1, 2, 4):
        samples.write(samples.boxes(number), tmp_path / "models" / f"{number}.ifc")
    samples.write(samples.two_walls_with_opening(), tmp_path / "models" / "5.ifc.gz")
    (tmp_path / "models" / "3.ifc").write_text("no IFC file")
    return tmp_path


def test_artifacts_and_reports_equal_those_of_one_file_after_another(models: Path) -> None:
    together = run("run", "models", "-o", "a", "--json", *SIDE_BY_SIDE, cwd=models, program=REAL)
    in_turn = run("run", "models", "-o", "b", "--json", "--parallel", "1", cwd=models, program=REAL)
    assert together.returncode == in_turn.returncode == 65
    assert contents(models / "a") == contents(models / "b")
    assert len(contents(models / "a")) == 4 * 6
    first, second = ([without_measures(report) for report in lines(done.stdout)] for done in (together, in_turn))
    assert first == second
    names = sorted(path.name for path in (models / "models").iterdir())
    assert [report["source"] for report in first] == [f"models/{name}" for name in names]


def test_a_killed_engine_costs_its_own_file_only(models: Path) -> None:
    victim = last_global_id(models / "models" / "4.ifc")
    done = run(
        *("run", "models", "--json", "--linear-deflection", "0.01", *SIDE_BY_SIDE),
        cwd=models,
        program=REAL,
        PYTHONPATH=f"{FAULTY_ENGINE}:{ROOT}",
        IFCJOB_TEST_FAULTS=json.dumps({"kernel": {victim: "kill"}}),
    )
    reasons = [report.get("failure", {}).get("reason") for report in lines(done.stdout)]
    assert reasons == [None, None, "NotAnIfcFile", "OutOfMemory", None]
    # It ran again alone, with all memory, before it failed.
    assert [line["file"] for line in lines(done.stderr) if line["event"] == "run failed"][-1] == "4.ifc"
    assert done.returncode == 65


def test_a_file_out_of_memory_runs_again_alone(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.ifc").write_text(json.dumps({"fail": "OutOfMemory"} if name == "a" else {}))
    done = run("run", "a.ifc", "b.ifc", "c.ifc", "--json", "--verbose", *SIDE_BY_SIDE, cwd=tmp_path)
    starts = [line["file"] for line in lines(done.stderr) if line["event"] == "stage started"]
    assert starts.count("a.ifc") == 2
    assert starts[-1] == "a.ifc"
    assert [report["outcome"] for report in lines(done.stdout)] == ["Failed", "Succeeded", "Succeeded"]


def test_an_interrupted_file_stops_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.ifc").write_text('{"fail": "Interrupted"}')
    names = [f"{letter}.ifc" for letter in "bcdefgh"]
    for name in names:
        (tmp_path / name).write_text('{"pause": 0.05}')
    done = run("run", "a.ifc", *names, "--json", *SIDE_BY_SIDE, cwd=tmp_path)
    assert done.returncode == 75
    end = lines(done.stderr)[-1]
    assert end["event"] == "command finished"
    assert end["not_started"] == len(names) + 1 - len(lines(done.stdout)) > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_signal_stops_all_files_and_leaves_no_process_and_no_partial_artifacts(
    tmp_path: Path, number: signal.Signals, request: pytest.FixtureRequest
) -> None:
    for name, count in {"1": 1, "2": 2, "3": 2, "4": 2}.items():
        samples.write(samples.boxes(count), tmp_path / "models" / f"{name}.ifc")
    victim = last_global_id(tmp_path / "models" / "2.ifc")  # also in 3 and 4
    faults = json.dumps({"kernel": {victim: "hang"}})
    process = subprocess.Popen(
        [*REAL, "run", "models", "-o", "out", "--json", "--linear-deflection", "0.01", *SIDE_BY_SIDE],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{FAULTY_ENGINE}:{ROOT}", "IFCJOB_TEST_FAULTS": faults},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    request.addfinalizer(process.terminate)  # stops all of them; without effect after its end
    wait_until(lambda: all(list((tmp_path / "out" / name).glob(".ifcjob-*/mesher-*.beat")) for name in ("2", "3")), 60)
    wait_until((tmp_path / "out" / "1" / "manifest.json").exists, 60)
    started = psutil.Process(process.pid).children(recursive=True)
    # A terminal sends Ctrl-C to the whole group; `kill` only to the command.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 75
    reports = {report["source"][-5:]: report for report in lines(stdout)}
    assert set(reports) == {"1.ifc", "2.ifc", "3.ifc"}
    assert reports["1.ifc"]["outcome"] == "Succeeded"
    assert {reports[name]["failure"]["reason"] for name in ("2.ifc", "3.ifc")} == {"Interrupted"}
    assert lines(stderr)[-1]["not_started"] == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["1"]
    assert not psutil.wait_procs(started, timeout=10)[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("count", [1, 2], ids=["first", "second"])
def test_a_signal_while_a_lane_is_forked_stops_all_files(tmp_path: Path, number: signal.Signals, count: int) -> None:
    names = [f"{letter}.ifc" for letter in "abcd"]
    for name in names:
        (tmp_path / name).write_text('{"pause": 0.05}')
    program = (*SIGNAL_AT, str(int(number)), "fork", str(count))
    done = run("run", *names, "--json", *SIDE_BY_SIDE, cwd=tmp_path, program=program)
    assert done.returncode == 75, done.stderr
    reasons = [report.get("failure", {}).get("reason") for report in lines(done.stdout)]
    assert reasons == ["Interrupted"] * (count - 1)
    assert not list(tmp_path.rglob("manifest.json"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_signal_while_no_lane_has_a_file_stops_the_big_ones(tmp_path: Path, number: signal.Signals) -> None:
    for name, size in {"a.ifc": 2, "b.ifc": 2, "big.ifc": 9_000_000}.items():
        (tmp_path / name).write_text("{}".ljust(size))
    program = (*SIGNAL_AT, str(int(number)), "end", "1")
    done = run("run", ".", "--json", *SIDE_BY_SIDE, cwd=tmp_path, program=program)
    assert done.returncode == 75, done.stderr
    assert [report["source"] for report in lines(done.stdout)] == ["a.ifc", "b.ifc"]
    assert events(done.stderr)[-1]["not_started"] == 1


def test_no_process_is_left_when_the_command_is_killed(tmp_path: Path) -> None:
    for letter in "ab":
        (tmp_path / f"{letter}.ifc").write_text('{"pause": 0.5}')
    process = subprocess.Popen(
        [*REAL[:1], "-m", "tests.cli.scripted_pipeline", "run", "a.ifc", "b.ifc", *SIDE_BY_SIDE],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    command = psutil.Process(process.pid)
    wait_until(lambda: len(command.children(recursive=True)) >= 5, 60)  # the engine process, two clones, two lanes
    started = command.children(recursive=True)
    process.kill()
    process.wait()
    assert not psutil.wait_procs(started, timeout=20)[1]


def test_reports_have_the_order_of_the_command_line_though_files_end_in_another(tmp_path: Path) -> None:
    for name, script in {"a": {"pause": 0.05}, "b": {}, "c": {}, "d": {}}.items():
        (tmp_path / f"{name}.ifc").write_text(json.dumps(script))
    done = run("run", ".", "--json", *SIDE_BY_SIDE, cwd=tmp_path)
    ends = [line["file"] for line in lines(done.stderr) if line["event"] == "run finished"]
    assert ends[-1] == "a.ifc"
    assert [report["source"] for report in lines(done.stdout)] == ["a.ifc", "b.ifc", "c.ifc", "d.ifc"]


def test_parallel_takes_a_number_of_at_least_1(tmp_path: Path) -> None:
    done = run("run", "a.ifc", "--parallel", "0", cwd=tmp_path)
    assert done.returncode == 64
    assert "'0' is not a number of at least 1" in done.stderr


def last_global_id(path: Path) -> str:
    """Return the GlobalId of the last box; files with fewer boxes do not have it."""
    import ifcopenshell

    boxes = ifcopenshell.open(path).by_type("IfcBuildingElementProxy")
    return str(boxes[-1].GlobalId)
