"""A mesh that does not fit its body's attributes goes to the other engine, and is doubtful without a fitting one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ifcopenshell
import numpy as np
import pytest

from ifcjob_runner.geometry.expected import fits
from ifcjob_runner.geometry.planning.expectations import Expectations
from ifcjob_runner.geometry.planning.transforms import Transforms
from ifcjob_runner.geometry.shapes import Expected
from tests.support.bodies import GUID, UNITS, item_number, polyline, text_of
from tests.support.glb import Glb
from tests.support.runs import SetFaults, run_file

if TYPE_CHECKING:
    from pathlib import Path

SQUARE = polyline(40, (1, 1), (3, 1), (3, 3), (1, 3), (1, 1))
HOLE = polyline(60, (1.5, 1.5), (2.5, 1.5), (2.5, 2.5), (1.5, 2.5), (1.5, 1.5))
EXTRUDED = "#90=IFCEXTRUDEDAREASOLID(#50,#2,#80,3.);"
UP, OBLIQUE = "#80=IFCDIRECTION((0.,0.,1.));\n", "#80=IFCDIRECTION((0.,3.,4.));\n"
BODIES = {
    "square": (SQUARE + "#50=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#40);\n" + UP + EXTRUDED, 12, (1, 1, 0), (3, 3, 3)),
    "oblique": (
        SQUARE + "#50=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#40);\n" + OBLIQUE + EXTRUDED,
        9.6, (1, 1, 0), (3, 4.8, 2.4),
    ),
    "with a hole": (
        SQUARE + HOLE + "#50=IFCARBITRARYPROFILEDEFWITHVOIDS(.AREA.,$,#40,(#60));\n" + UP + EXTRUDED,
        9, (1, 1, 0), (3, 3, 3),
    ),
    "circle": ("#50=IFCCIRCLEPROFILEDEF(.AREA.,$,#19,2.);\n" + UP + EXTRUDED, 12 * np.pi, (-2, -2, 0), (2, 2, 3)),
}  # fmt: skip
LOW, HIGH = (0.0, 0.0, 0.0), (1.0, 2.0, 3.0)


@pytest.mark.parametrize("unit", sorted(UNITS))
@pytest.mark.parametrize("name", sorted(BODIES))
def test_volume_and_box_follow_from_the_attributes(name: str, unit: str) -> None:
    body, volume, low, high = BODIES[name]
    file = ifcopenshell.file.from_string(text_of(body, unit=unit))
    scale = {"m": 1.0, "mm": 0.001, "ft": 0.3048}[unit]
    expected = Expectations(Transforms(file, scale)).of_items((file.by_id(item_number(body)),))
    assert expected is not None
    assert expected.volume == pytest.approx(volume * scale**3)
    assert expected.low == pytest.approx(np.array(low) * scale)
    assert expected.high == pytest.approx(np.array(high) * scale)


def test_a_body_with_an_item_that_is_not_plain_has_no_expectation() -> None:
    body = BODIES["square"][0] + "\n#95=IFCSPHERE(#2,1.);"
    file = ifcopenshell.file.from_string(text_of(body))
    assert Expectations(Transforms(file, 1.0)).of_items((file.by_id(90), file.by_id(95))) is None


def _box(size: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    points = np.array([(x, y, z) for x in (0, size[0]) for y in (0, size[1]) for z in (0, size[2])], float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return points, np.array([triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))])


@pytest.mark.parametrize(
    ("size", "fitting"),
    [((1, 2, 3), True), ((1, 2, 2.9), False), ((1, 2, 3.1), False), ((1.001, 2, 2.997), False)],
    ids=["equal", "too small", "too large", "outside"],
)
def test_a_mesh_must_have_the_volume_and_stay_in_the_box(size: tuple[float, float, float], *, fitting: bool) -> None:
    assert fits(*_box(size), Expected(6.0, LOW, HIGH, 0.005)) is fitting


def _height(tmp_path: Path) -> float:
    (element,) = Glb(tmp_path / "out" / "model.glb").drawn().values()
    low, high = element.box
    return float(max(high - low))


def test_opencascade_replaces_a_mesh_that_does_not_fit(tmp_path: Path, set_faults: SetFaults) -> None:
    (tmp_path / "body.ifc").write_text(text_of(BODIES["square"][0]))
    set_faults(lite="halved")
    finished = run_file(tmp_path / "body.ifc", tmp_path / "out")
    assert finished.manifest["coverage"]["doubtful"] == []
    assert _height(tmp_path) == pytest.approx(3)


def test_a_body_that_neither_engine_meshes_as_expected_is_doubtful(tmp_path: Path, set_faults: SetFaults) -> None:
    (tmp_path / "body.ifc").write_text(text_of(BODIES["square"][0]))
    element = GUID[:-1] + "A"
    set_faults(lite="halved", kernel={element: "halved"})
    finished = run_file(tmp_path / "body.ifc", tmp_path / "out")
    (doubtful,) = finished.manifest["coverage"]["doubtful"]
    assert (doubtful["globalId"], doubtful["reason"]) == (element, "VolumeOutOfRange")
    assert _height(tmp_path) == pytest.approx(1.5)


def test_a_host_whose_mesh_does_not_fit_is_meshed_and_cut_by_opencascade(
    walls: Path, tmp_path: Path, set_faults: SetFaults
) -> None:
    run_file(walls, tmp_path / "right")
    set_faults(lite="halved")
    finished = run_file(walls, tmp_path / "out")
    assert finished.manifest["coverage"]["doubtful"] == []
    right, cut = (Glb(tmp_path / name / "model.glb").drawn() for name in ("right", "out"))
    assert {key: element.area for key, element in cut.items()} == pytest.approx(
        {key: element.area for key, element in right.items()}, rel=1e-4
    )
