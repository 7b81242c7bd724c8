"""Bodies that are meshed from their attributes: CSG primitives, bounding boxes, face sets with indirect indices."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ifcjob_runner.geometry.direct import primitives
from tests.support import samples
from tests.support.glb import Glb
from tests.support.runs import run_file

if TYPE_CHECKING:
    from pathlib import Path

    import ifcopenshell

    from ifcjob_runner.geometry.direct.primitives import Arrays

CORNERS = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
FACES = ((1, 3, 2), (1, 2, 4), (2, 3, 4), (3, 1, 4))


@pytest.mark.parametrize(
    ("arrays", "volume"),
    [
        pytest.param(primitives.block(2, 3, 4), 24, id="block"),
        pytest.param(primitives.pyramid(2, 3, 4), 8, id="pyramid"),
        pytest.param(primitives.cone(4, 2), 16 * pi / 3, id="cone"),
        pytest.param(primitives.cylinder(4, 2), 16 * pi, id="cylinder"),
        pytest.param(primitives.sphere(2), 32 * pi / 3, id="sphere"),
    ],
)
def test_a_primitive_is_closed_and_points_outwards(arrays: Arrays, volume: float) -> None:
    points, triangles = arrays
    corners = points[triangles]
    assert np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6 == pytest.approx(
        volume, rel=0.01
    )
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert set(np.unique(edges, axis=0, return_counts=True)[1].tolist()) == {2}


@pytest.mark.parametrize(
    ("linear", "angular", "sides"), [(None, None, 48), (0.01, None, 32), (None, 0.1, 64), (5.0, None, 8)]
)
def test_a_circle_keeps_the_deflections(linear: float | None, angular: float | None, sides: int) -> None:
    assert primitives.sides_of(2.0, linear, angular) == sides


def test_a_face_set_is_drawn_through_its_pn_index(tmp_path: Path) -> None:
    model = samples.box()
    points = model.createIfcCartesianPointList3D([(9.0, 9.0, 9.0), *CORNERS])
    _replace_body(model, _face_set(model, points, (2, 3, 4, 5)))
    assert _box(model, tmp_path) == _metres(model, [[0, 0, 0], [1, 1, 1]])


def test_an_index_out_of_range_is_listed(tmp_path: Path) -> None:
    model = samples.box()
    points = model.createIfcCartesianPointList3D(CORNERS)
    _replace_body(model, _face_set(model, points, (1, 2, 3, 99)))
    run = run_file(samples.write(model, tmp_path / "a.ifc"), tmp_path / "out")
    (skipped,) = run.manifest["coverage"]["skipped"]
    assert skipped["reason"].startswith("Unreadable: index 99 is not one of 4 points")


def test_each_face_has_its_indexed_colour(tmp_path: Path) -> None:
    model = samples.box()
    points = model.createIfcCartesianPointList3D(CORNERS)
    faces = _face_set(model, points, None)
    colours = model.createIfcColourRgbList([(1.0, 0.0, 0.0), (0.5, 0.5, 1.0)])
    model.createIfcIndexedColourMap(faces, 0.25, colours, (1, 2, 2, 1))
    _replace_body(model, faces)
    run = run_file(samples.write(model, tmp_path / "a.ifc"), tmp_path / "out")
    (element,) = Glb(run.glb).drawn().values()
    assert sorted(element.colours) == [(0.5, 0.5, 1.0, 0.25)] * 2 + [(1.0, 0.0, 0.0, 0.25)] * 2


def _face_set(model: ifcopenshell.file, points: Any, pn_index: tuple[int, ...] | None) -> Any:
    return model.create_entity(
        "IfcTriangulatedFaceSet", Coordinates=points, Closed=True, CoordIndex=FACES, PnIndex=pn_index
    )


def _replace_body(model: ifcopenshell.file, item: Any) -> None:
    (slab,) = model.by_type("IfcSlab")
    (body,) = (shape for shape in slab.Representation.Representations if shape.RepresentationIdentifier == "Body")
    body.RepresentationType, body.Items = "Tessellation", [item]


def _metres(model: ifcopenshell.file, box: list[list[float]]) -> list[Any]:
    length = next(unit for unit in model.by_type("IfcSIUnit") if unit.UnitType == "LENGTHUNIT")
    scale = 0.001 if length.Prefix == "MILLI" else 1.0
    return [pytest.approx([scale * value for value in corner], abs=1e-6) for corner in box]


def _box(model: ifcopenshell.file, folder: Path) -> list[list[float]]:
    run = run_file(samples.write(model, folder / "a.ifc"), folder / "out")
    (element,) = Glb(run.glb).drawn().values()
    corners: list[list[float]] = element.box.tolist()
    return corners
