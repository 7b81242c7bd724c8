"""A run reports the stages that pipeline.STAGES lists, in an order that respects their needs."""

from pathlib import Path

import ifcopenshell
import pytest

from ifcjob_runner.pipeline import STAGES
from ifcjob_runner.processes import engine_process
from ifcjob_runner.progress.observer import SilentObserver
from tests.support import samples
from tests.support.corpus import REPOSITORY
from tests.support.runs import run_file

NEEDS = {
    "inspect": {"fetch"},
    "metadata": {"inspect"},
    "spatial_tree": {"inspect"},
    "properties": {"inspect"},
    "geometry": {"inspect"},
    "gltf": {"spatial_tree", "properties", "geometry"},
    "publish": {"metadata", "gltf"},
}


class Recorder(SilentObserver):
    """Remembers which stages had finished when each one began."""

    def __init__(self) -> None:
        self.finished: list[str] = []
        self.finished_before: dict[str, set[str]] = {}

    def on_stage_started(self, stage: str) -> None:
        self.finished_before[stage] = set(self.finished)

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        assert seconds >= 0
        self.finished.append(stage)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_stage_runs_once_and_after_the_stages_it_needs(walls: Path, tmp_path: Path, workers: int) -> None:
    recorder = Recorder()
    report = run_file(walls, tmp_path / "out", observer=recorder, limits={"workers": workers}).report
    assert report.outcome == "Succeeded"
    assert sorted(recorder.finished) == sorted(stage.name for stage in STAGES)
    assert sorted(time.name for time in report.stages) == sorted(recorder.finished)
    for stage, needs in NEEDS.items():
        assert recorder.finished_before[stage] >= needs, stage


def test_cpu_time_in_the_manifest_includes_the_children_that_still_run(tmp_path: Path) -> None:
    finished = run_file(REPOSITORY / "examples" / "house.ifc", tmp_path / "out", operations={"properties": {}})
    assert finished.manifest["cpuSeconds"] > finished.report.cpu_seconds / 2 > 0


def test_stages_of_operations_that_were_not_requested_do_not_run(walls: Path, tmp_path: Path) -> None:
    recorder = Recorder()
    run_file(walls, tmp_path / "out", observer=recorder, operations={"metadata": {}})
    assert recorder.finished == ["fetch", "inspect", "metadata", "spatial_tree", "publish"]


def test_an_engine_process_that_cannot_start_is_reported(
    walls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(engine_process, "start", refuse)
    report = run_file(walls, tmp_path / "out").report
    assert report.outcome == "Failed"
    assert report.failure is not None
    assert "cannot start the engine process" in report.failure.message


def test_a_request_with_thousands_of_global_ids_runs(tmp_path: Path) -> None:
    """The options of a role are larger than a message on the engine process's socket."""
    path = samples.write(samples.boxes(3), tmp_path / "boxes.ifc")
    engine_process.stop()
    ids = [box.GlobalId for box in ifcopenshell.open(path).by_type("IfcBuildingElementProxy")]
    assert len(ids) == 3
    finished = run_file(path, tmp_path / "out", gltf={"includeGlobalIds": ids * 3_333})
    assert finished.manifest["coverage"]["emitted"] == 3
