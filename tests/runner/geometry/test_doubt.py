"""Doubtful elements: drawn, listed with the reason, counted, and only without a proved mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ifcopenshell
import numpy as np
import pytest

from ifcjob_runner.data.placements import IDENTITY
from ifcjob_runner.geometry.coverage import assemble
from ifcjob_runner.geometry.doubt_reasons import OPEN_SURFACE
from ifcjob_runner.geometry.meshes import Mesh
from ifcjob_runner.geometry.shapes import Shape, Worklist
from ifcjob_runner.geometry.store import StoreWriter
from tests.support.runs import SetFaults, run_file

if TYPE_CHECKING:
    from pathlib import Path

GREY = (0.5, 0.5, 0.5, 1.0)


def _mesh(size: float) -> Mesh:
    points = np.array([(0, 0, 0), (size, 0, 0), (0, size, 0)], np.float32)
    return Mesh(points, np.array([(0, 1, 2)], np.uint32), ((GREY, 1),))


def _worklist(doubtful: dict[int, str]) -> Worklist:
    shape = Shape(1, "SweptSolid", 5, True, "lite", GREY, (), [5], [IDENTITY])  # noqa: FBT003 - cut
    return Worklist([shape], {5: ("guid", "IfcWall")}, {}, doubtful, 9, 1.0)


def test_a_wall_that_no_engine_can_prove_is_drawn_listed_and_counted(
    walls: Path, tmp_path: Path, set_faults: SetFaults
) -> None:
    model = ifcopenshell.open(walls)
    (opening,) = model.by_type("IfcRelVoidsElement")
    victim = opening.RelatingBuildingElement.GlobalId
    set_faults(lite="open", kernel={victim: "nothing"})
    finished = run_file(walls, tmp_path / "out")
    item = opening.RelatedOpeningElement.Representation.Representations[0].Items[0]
    reason = f"NotSubtracted: the surface of #{item.id()} is not closed"
    listed = {"globalId": victim, "class": "IfcWall", "reason": reason}
    assert finished.manifest["coverage"] == {"expected": 3, "emitted": 3, "skipped": [], "doubtful": [listed]}
    assert finished.report.summary.coverage
    assert finished.report.summary.coverage.doubtful == 1
    assert [element.global_id for element in finished.report.doubtful] == [victim]
    assert not finished.report.degraded
    (finding,) = (entry for entry in finished.manifest["findings"] if entry["code"] == "DoubtfulGeometry")
    assert (finding["globalIds"], finding["count"]) == ([victim], 1)
    assert "NotSubtracted" in finding["message"]


@pytest.mark.parametrize("doubtful_first", [True, False])
def test_a_proved_mesh_replaces_a_doubtful_one(tmp_path: Path, *, doubtful_first: bool) -> None:
    doubtful, proved = ("opencascade", OPEN_SURFACE), ("lite", "")
    writer = StoreWriter(tmp_path / "store")
    for engine, doubt in [doubtful, proved] if doubtful_first else [proved, doubtful]:
        writer.add(0, engine, _mesh(1.0), [0.0, 0.0, 0.0], doubt=doubt)
    scene = assemble(_worklist({}), [tmp_path / "store"])
    assert [line.engine for line in scene.meshes.chosen] == ["lite"]
    assert scene.doubtful == {}


def test_doubts_of_planning_and_of_the_mesh_are_joined(tmp_path: Path) -> None:
    StoreWriter(tmp_path / "store").add(0, "lite", _mesh(1.0), [0.0, 0.0, 0.0], doubt=OPEN_SURFACE)
    scene = assemble(_worklist({5: "PlacementAssumed", 6: "of an element without a mesh"}), [tmp_path / "store"])
    assert scene.doubtful == {5: "PlacementAssumed; OpenSurface"}
