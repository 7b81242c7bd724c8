"""The proof itself can fail: each kind of wrong mesh is noticed, and the exact descriptions agree with each other."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from tests.geometry.assembly import Instance, guid
from tests.geometry.boxes import combined, minus, union
from tests.geometry.families.operands import BOX_FACES
from tests.geometry.measure import Mesh, euler, judge, winding
from tests.geometry.outline import polygon, rectangle
from tests.geometry.solid import Solid, box, corners

HOST = np.array([[0.0, 0, 0], [2, 3, 4]])
TRIANGLES = np.array([t for p, q, r, s in BOX_FACES for t in ((p, q, r), (p, r, s))])


def problems(mesh: Mesh | None, expected: Solid | None = None) -> str:
    instance = Instance("a box", 1, "", expected or box(*HOST), np.eye(4))
    return "; ".join(judge(instance, mesh).problems)


def test_the_right_mesh_has_no_problem() -> None:
    assert problems(Mesh(corners(*HOST), TRIANGLES)) == ""


@pytest.mark.parametrize(
    ("mesh", "problem"),
    [
        pytest.param(None, "nothing drawn", id="absent"),
        pytest.param(Mesh(np.add(corners(*HOST), [0.1, 0, 0]), TRIANGLES), "box off by 0.1", id="moved"),
        pytest.param(Mesh(corners(*HOST) * [1, 1, 1.01], TRIANGLES), "volume 24.24 m³, not 24", id="too high"),
        pytest.param(Mesh(corners(*HOST), TRIANGLES[:, ::-1]), "volume -24 m³", id="inside out"),
        pytest.param(Mesh(corners(*HOST), TRIANGLES[2:]), "open", id="open"),
        pytest.param(Mesh(corners(*HOST), np.concatenate((TRIANGLES, TRIANGLES[:2]))), "area", id="face twice"),
    ],
)
def test_a_wrong_mesh_has_a_problem(mesh: Mesh | None, problem: str) -> None:
    assert problem in problems(mesh)


def test_a_mesh_of_the_right_volume_in_the_wrong_shape_has_points_on_the_wrong_side() -> None:
    whole = box(*HOST)
    inside = whole.inside
    assert inside is not None
    host = replace(whole, area=None, inside=lambda points: inside(points) & (points[:, 0] < 1))
    assert "points on the wrong side" in problems(Mesh(corners(*HOST), TRIANGLES), host)


def test_a_mesh_with_a_filled_hole_has_another_euler_characteristic() -> None:
    holed = replace(box(*HOST), euler=0)
    assert "Euler characteristic 2, not 0" in problems(Mesh(corners(*HOST), TRIANGLES), holed)
    assert euler(corners(*HOST), TRIANGLES[1:]) is None


def test_the_surface_winds_once_around_points_inside() -> None:
    points = np.array([[1.0, 1, 1], [5, 1, 1]])
    assert winding(points, corners(*HOST)[TRIANGLES]) == pytest.approx([1, 0], abs=1e-9)


def test_boxes_are_combined_exactly() -> None:
    hole = np.array([[0.5, 1, -1], [1, 2, 5]])
    drilled = combined([HOST, hole], minus)
    assert (drilled.volume, drilled.area, drilled.euler) == pytest.approx((24 - 2, 52 - 2 * 0.5 + 2 * 1.5 * 4, 0))
    cavity = combined([HOST, np.array([[0.5, 1, 1], [1, 2, 2]])], minus)
    assert (cavity.volume, cavity.area, cavity.euler) == pytest.approx((24 - 0.5, 52 + 4, 4))
    assert combined([HOST, HOST + 10], union).euler == 4
    assert combined([HOST, np.array([[-1, -1, -1], [5, 5, 5]])], minus).gone


def test_planes_that_are_almost_flush_are_one() -> None:
    hole = np.array([[0.5, 1, 0.00004], [1, 2, 3.99997]])
    assert combined([HOST, hole], minus).euler == 0


def test_a_description_agrees_with_random_points() -> None:
    random = Random(1)
    points = np.array([[random.uniform(0, 2), random.uniform(0, 3), random.uniform(0, 4)] for _ in range(4000)])
    drilled = combined([HOST, np.array([[0.5, 1, -1], [1, 2.5, 5]])], minus)
    assert drilled.inside is not None
    assert drilled.inside(points).mean() * 24 == pytest.approx(drilled.volume, rel=0.02)


def test_rounded_corners_are_exact() -> None:
    rounded = rectangle(4, 2, 0.5)
    assert (rounded.area, rounded.length) == pytest.approx((8 - (4 - np.pi) * 0.25, 8 + np.pi))
    notched = polygon([(0, 0), (4, 0), (4, 4), (2, 4), (2, 2), (0, 2)], [0, 0, 0, 0, 0.5, 0])
    assert notched.area == pytest.approx(12 + (1 - np.pi / 4) * 0.25)


def test_global_ids_are_valid() -> None:
    assert {len(guid(number)) for number in range(100)} == {22}
    assert all(guid(number)[0] in "0123" for number in range(100))
