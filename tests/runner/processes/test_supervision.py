"""Crashes, hangs and memory: a bad element costs only itself, and every run ends with a report."""

import os
import select
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from ifcjob.failures import FailureReason
from ifcjob.report import Progress
from ifcjob_runner.processes import engine_process, geometry_scheduler
from ifcjob_runner.processes.engine_process import FORK, Child, EngineProcess
from ifcjob_runner.processes.geometry_scheduler import REOPENED_BYTES
from ifcjob_runner.processes.messages import Request, Role
from ifcjob_runner.progress.observer import SilentObserver
from tests.support import samples
from tests.support.corpus import corpus_file
from tests.support.runs import SetFaults, run_file


@pytest.fixture
def cubes(tmp_path: Path) -> Path:
    """Six cubes, each with a shape of its own."""
    path = tmp_path / "cubes.ifc"
    samples.boxes(6).write(str(path))
    return path


def global_ids(path: Path) -> list[str]:
    import ifcopenshell

    return [proxy.GlobalId for proxy in ifcopenshell.open(path).by_type("IfcBuildingElementProxy")]


@pytest.mark.parametrize(("fault", "reason"), [("crash", "EngineCrashed"), ("hang", "DeadlineExceeded")])
def test_an_element_that_breaks_every_engine_is_skipped(
    cubes: Path, tmp_path: Path, set_faults: SetFaults, fault: str, reason: str
) -> None:
    victim = global_ids(cubes)[2]
    set_faults(kernel={victim: fault}, lite="nothing")
    finished = run_file(cubes, tmp_path / "out", gltf={"elementDeadlineSeconds": 0.5})
    assert finished.report.outcome == "Succeeded"
    assert finished.report.degraded
    assert finished.manifest["coverage"] == {
        "expected": 6,
        "emitted": 5,
        "skipped": [{"globalId": victim, "class": "IfcBuildingElementProxy", "reason": reason}],
        "doubtful": [],
    }


@pytest.mark.parametrize("fault", ["crash", "raise", "nothing"])
def test_opencascade_meshes_everything_when_ifclite_fails(
    cubes: Path, tmp_path: Path, set_faults: SetFaults, fault: str
) -> None:
    set_faults(lite=fault)
    finished = run_file(cubes, tmp_path / "out")
    assert finished.manifest["coverage"] == {"expected": 6, "emitted": 6, "skipped": [], "doubtful": []}


@pytest.mark.parametrize(
    ("attempts", "batches"),
    [(3, [[0, 1, 2, 3, 4, 5], [4, 5], [2], [3]]), (1, [[0, 1, 2, 3, 4, 5], [2], [3], [4], [5]])],
    ids=["again", "not again"],
)
def test_a_crash_of_ifclite_costs_only_the_group_it_has_begun(
    cubes: Path,
    tmp_path: Path,
    set_faults: SetFaults,
    monkeypatch: pytest.MonkeyPatch,
    attempts: int,
    batches: list[list[int]],
) -> None:
    set_faults(lite="second")
    monkeypatch.setattr(geometry_scheduler, "LITE_ATTEMPTS", attempts)
    sent: list[list[int]] = []
    send = Child.send

    def recorded(child: Child, request: Request) -> None:
        sent.extend([request["shapes"]] if request["kind"] == "mesh" else [])
        send(child, request)

    monkeypatch.setattr(Child, "send", recorded)
    finished = run_file(cubes, tmp_path / "out", limits={"workers": 2})
    assert finished.manifest["coverage"] == {"expected": 6, "emitted": 6, "skipped": [], "doubtful": []}
    assert sorted(sent) == sorted(batches)


def test_ifclite_meshes_an_element_that_crashes_opencascade(tmp_path: Path, set_faults: SetFaults) -> None:
    path = tmp_path / "two.ifc"
    samples.boxes(2).write(str(path))
    set_faults(kernel={global_ids(path)[0]: "crash"})
    # A chosen deflection sends every element to the kernels first.
    finished = run_file(path, tmp_path / "out", gltf={"linearDeflection": 0.01})
    assert finished.manifest["coverage"]["emitted"] == 2


def test_a_crash_of_the_data_child_fails_the_run(cubes: Path, tmp_path: Path, set_faults: SetFaults) -> None:
    set_faults(data="crash")
    report = run_file(cubes, tmp_path / "out").report
    assert report.failure is not None
    assert report.failure.reason == FailureReason.CRASHED
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("engine", ["kernel", "lite"])
def test_exceeding_the_memory_limit_is_reported_with_the_peak(
    cubes: Path, tmp_path: Path, set_faults: SetFaults, engine: str
) -> None:
    faults: dict[str, Any] = {"lite": "memory"} if engine == "lite" else {
        "lite": "nothing", "kernel": {global_ids(cubes)[0]: "memory"},
    }  # fmt: skip
    set_faults(**faults)
    report = run_file(cubes, tmp_path / "out", limits={"memoryBytes": 400 << 20}).report
    assert report.failure is not None
    assert report.failure.reason == FailureReason.OUT_OF_MEMORY
    assert "MiB" in report.failure.message
    assert report.peak_memory_bytes > 300 << 20
    assert not (tmp_path / "out").exists()


def test_a_run_ends_at_its_deadline(cubes: Path, tmp_path: Path, set_faults: SetFaults) -> None:
    set_faults(lite="hang")
    begin = time.monotonic()
    report = run_file(cubes, tmp_path / "out", limits={"deadlineSeconds": 1.0}).report
    assert report.failure is not None
    assert report.failure.reason == FailureReason.DEADLINE_EXCEEDED
    assert time.monotonic() - begin < 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_run_in_two_seconds_without_leftovers(
    cubes: Path, tmp_path: Path, set_faults: SetFaults, number: signal.Signals
) -> None:
    set_faults(lite="hang")
    sent: list[float] = []

    class Interrupter(SilentObserver):
        def on_progress(self, progress: Progress) -> None:
            if progress.stage == "geometry" and not sent:
                sent.append(time.monotonic())
                threading.Timer(0.3, os.kill, (os.getpid(), number)).start()

    report = run_file(cubes, tmp_path / "out", observer=Interrupter()).report
    assert time.monotonic() - sent[0] < 2.3
    assert report.failure is not None
    assert report.failure.reason == FailureReason.INTERRUPTED
    assert not (tmp_path / "out").exists()
    assert not psutil.Process(engine_process.start().process.pid).children()


@pytest.mark.parametrize(
    ("number", "reason"),
    [(signal.SIGSEGV, FailureReason.CRASHED), (signal.SIGKILL, FailureReason.OUT_OF_MEMORY)],
    ids=["crashed", "killed for memory"],
)
def test_a_dead_engine_process_is_reported_and_the_next_run_succeeds(
    cubes: Path, tmp_path: Path, set_faults: SetFaults, number: signal.Signals, reason: FailureReason
) -> None:
    set_faults(lite="hang")

    class Killer(SilentObserver):
        def on_progress(self, progress: Progress) -> None:
            if progress.stage == "geometry":
                os.kill(engine_process.start().process.pid, number)

    report = run_file(cubes, tmp_path / "out", observer=Killer()).report
    assert report.failure is not None
    assert report.failure.reason == reason
    set_faults()
    assert run_file(cubes, tmp_path / "out").report.outcome == "Succeeded"


@pytest.mark.parametrize("answer", ["unread", "unsent"])
def test_children_end_when_their_supervisor_is_killed_after_a_request(walls: Path, tmp_path: Path, answer: str) -> None:
    engine_process.stop()
    engine = engine_process.start()
    spawned = engine.spawn({"kind": "lite", "name": "a", "path": str(walls), "folder": str(tmp_path), "threads": 1})
    child, process = psutil.Process(spawned.pid), psutil.Process(engine.process.pid)
    child.suspend()  # as one in a long calculation, it does not see the end of its connection
    near, far = socket.socketpair()
    with near, far:
        if answer == "unsent":
            process.suspend()
        socket.send_fds(engine.socket, [FORK], [far.fileno()])
        if answer == "unread":
            assert select.select([engine.socket], [], [], 10)[0]
        engine.leave()
        process.resume()
        alive = psutil.wait_procs([child], timeout=10)[1]
    engine_process.stop()
    assert not alive


@pytest.mark.parametrize("gltf", [{}, {"linearDeflection": 0.01}], ids=["ifclite first", "OpenCASCADE first"])
def test_a_file_that_kills_the_engine_when_opened_lazily_is_opened_whole(
    cubes: Path, tmp_path: Path, set_faults: SetFaults, gltf: dict[str, Any]
) -> None:
    set_faults(opening="crash", lite="nothing")
    finished = run_file(cubes, tmp_path / "out", gltf=gltf, limits={"deadlineSeconds": 20})
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert finished.manifest["coverage"] == {"expected": 6, "emitted": 6, "skipped": [], "doubtful": []}


def test_meshers_that_die_at_opening_the_file_fail_the_run(cubes: Path, tmp_path: Path, set_faults: SetFaults) -> None:
    set_faults(reopening="crash", lite="nothing")
    failure = run_file(cubes, tmp_path / "out", limits={"deadlineSeconds": 20}).report.failure
    assert failure is not None
    assert (failure.reason, "opened the file" in failure.message) == (FailureReason.CRASHED, True)


@pytest.mark.parametrize(("reopened", "plans"), [(REOPENED_BYTES, ["atOnce", "no"]), (0, ["atOnce"])])
def test_the_planner_of_a_small_file_leaves_meshing_to_a_child_with_numpy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reopened: int, plans: list[str]
) -> None:
    monkeypatch.setattr(geometry_scheduler, "REOPENED_BYTES", reopened)
    spawn, started = EngineProcess.spawn, []

    def recording(process: EngineProcess, role: Role) -> Child:
        started.extend([role["plan"]] if role["kind"] == "mesher" else [])
        return spawn(process, role)

    monkeypatch.setattr(EngineProcess, "spawn", recording)
    engine_process.stop()
    for folder in ("first", "second"):
        assert run_file(corpus_file("ac20_fzk.ifc"), tmp_path / folder).report.outcome == "Succeeded"
    assert started == [*plans, "atOnce"]  # the planner of the second file has numpy
