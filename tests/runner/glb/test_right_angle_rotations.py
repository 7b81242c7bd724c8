"""Right-angle rotations move from nodes into vertices, or disappear when a box is the same without them."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.runner.glb.scenes import MIRROR, Scene, at, box, global_id, scene, tube, turned, world
from tests.support.glb import Glb

RIGHT_ANGLES = [turned(90 * z) @ turned(90 * y, axis=1) for z in range(4) for y in range(4)]


def nodes(glb: Glb, source: Scene) -> list[dict[str, Any]]:
    """Return the node of each element, in the order of the scene."""
    by_name = {node["name"]: node for node in glb.json["nodes"] if "name" in node}
    return [by_name[global_id(step)] for step in source.placements]


def corners(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the distinct points, ordered, without a negative zero."""
    return np.unique(points.round(3) + 0.0, axis=0)


def assert_in_place(glb: Glb, source: Scene) -> None:
    for step in source.placements:
        drawn = glb.elements[global_id(step)]
        assert corners(drawn.positions[drawn.triangles.reshape(-1)]) == pytest.approx(corners(world(source, step)))
        assert signed_volume(glb, step) > 0


def signed_volume(glb: Glb, step: int) -> float:
    """Return the volume of a closed shape; negative when its triangles look inwards."""
    drawn = glb.elements[global_id(step)]
    centred = drawn.positions - drawn.positions.mean(axis=0)
    a, b, c = (centred[drawn.triangles[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


@pytest.mark.parametrize("compression", ["quantize", "meshopt"])
def test_a_box_rotated_by_right_angles_has_no_rotation(tmp_path: Path, compression: str) -> None:
    linear = [
        *RIGHT_ANGLES,
        np.array(MIRROR),
        np.array(MIRROR) @ RIGHT_ANGLES[5],
        np.diag([2, 0.5, 3]) @ RIGHT_ANGLES[1],
    ]
    placed = {n: [(0, at(10 * n, 3, 1, matrix))] for n, matrix in enumerate(linear)}
    source = scene([box(4, 0.2, 2.7, at=(1, 1, 1))], placed)
    glb, _ = source.write(tmp_path / "model.glb", compression=compression)
    assert [node for node in nodes(glb, source) if "rotation" in node or min(node["scale"]) < 0] == []
    assert_in_place(glb, source)


def test_a_box_at_any_other_angle_keeps_its_rotation(tmp_path: Path) -> None:
    source = scene([box(4, 0.2, 2.7)], {1: [(0, at(linear=turned(30)))], 2: [(0, at(9, linear=turned(0.001)))]})
    glb, _ = source.write(tmp_path / "model.glb", compression="quantize")
    assert ["rotation" in node for node in nodes(glb, source)] == [True, True]
    assert_in_place(glb, source)


def test_a_shape_is_stored_in_the_commonest_rotation_of_its_placements(tmp_path: Path) -> None:
    angles = [90, 90, 0, 180, 90, 33]
    source = scene([tube(1, 3, sides=5)], {n: [(0, at(9 * n, linear=turned(a)))] for n, a in enumerate(angles)})
    glb, _ = source.write(tmp_path / "model.glb", compression="quantize")
    assert ["rotation" in node for node in nodes(glb, source)] == [False, False, True, True, False, True]
    for step in source.placements:
        drawn = glb.elements[global_id(step)]
        points = corners(drawn.positions[drawn.triangles.reshape(-1)])
        assert points == pytest.approx(corners(world(source, step)), abs=2e-3)


def test_a_shape_without_a_commonest_rotation_is_not_rotated(tmp_path: Path) -> None:
    angles = [0, 90, 0, 90]
    source = scene([tube(1, 3, sides=5)], {n: [(0, at(9 * n, linear=turned(a)))] for n, a in enumerate(angles)})
    glb, _ = source.write(tmp_path / "model.glb", compression="quantize")
    assert ["rotation" in node for node in nodes(glb, source)] == [False, True, False, True]
