"""Reading data survives the engine: a line that kills it costs that line, and a finding names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pyarrow import parquet

from ifcjob_runner.processes import engine_process
from tests.support import samples
from tests.support.runs import SetFaults, run_file

if TYPE_CHECKING:
    from pathlib import Path

    import ifcopenshell


@pytest.fixture
def model() -> ifcopenshell.file:
    """Two walls with an opening, a window, a space and property sets."""
    return samples.two_walls_with_opening()


@pytest.mark.parametrize(
    "ifc_class",
    [
        "IfcWall", "IfcPropertySingleValue", "IfcPropertySet", "IfcRelDefinesByProperties", "IfcRelDefinesByType",
        "IfcRelAggregates", "IfcRelContainedInSpatialStructure", "IfcRelVoidsElement", "IfcRelAssociatesMaterial",
        "IfcMaterial", "IfcSIUnit", "IfcLocalPlacement", "IfcBuildingStorey",
    ],
)  # fmt: skip
def test_a_line_that_kills_the_data_child_is_left_out(
    model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults, ifc_class: str
) -> None:
    path, number = samples.write(model, tmp_path / "a.ifc"), model.by_type(ifc_class)[-1].id()
    set_faults(reading={number: "crash"})
    finished = run_file(path, tmp_path / "out")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert f"#{number}" in _unreadable(finished.manifest)
    assert finished.manifest["coverage"]["emitted"] == 3
    rows = parquet.read_table(tmp_path / "out" / "elements.parquet").num_rows
    assert rows == parquet.read_table(_whole(path, tmp_path, set_faults) / "elements.parquet").num_rows
    stages = [stage["name"] for stage in finished.manifest["stages"]]
    assert len(stages) == len(set(stages))


def test_several_lines_that_kill_the_data_child_are_left_out(
    model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults
) -> None:
    values = [value.id() for value in model.by_type("IfcPropertySingleValue")]
    set_faults(reading=dict.fromkeys(values, "crash"))
    finished = run_file(samples.write(model, tmp_path / "a.ifc"), tmp_path / "out")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert all(f"#{number}" in _unreadable(finished.manifest) for number in values)


@pytest.mark.parametrize("work", ["reading", "planning"])
def test_a_line_is_left_out_of_one_of_many_files_as_of_one_alone(
    model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults, work: str
) -> None:
    path, unit = samples.write(model, tmp_path / "a.ifc"), model.by_type("IfcSIUnit")[-1].id()
    set_faults(**{work: {unit: "crash"}})
    alone = run_file(path, tmp_path / "alone").manifest
    set_faults(**{work: {unit: "crash"}})
    engine_process.start().prepare(engine_process.PRELOAD)
    for name in ("first", "second"):
        finished = run_file(path, tmp_path / name)
        assert finished.report.outcome == "Succeeded", finished.report.failure
        assert [finished.manifest[part] for part in ("findings", "coverage")] == [alone["findings"], alone["coverage"]]


def _whole(path: Path, tmp_path: Path, set_faults: SetFaults) -> Path:
    set_faults()
    return run_file(path, tmp_path / "whole").folder


def _unreadable(manifest: dict[str, Any]) -> str:
    (finding,) = (entry for entry in manifest["findings"] if entry["code"] == "UnreadableInstance")
    message: str = finding["message"]
    return message
