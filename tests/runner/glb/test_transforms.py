"""Any placement is exact after its decomposition into translation, rotation and scale."""

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from ifcjob_runner.glb.transforms import METRE, TENTH_OF_A_MILLIMETRE, Frames, NodeTransforms
from tests.support.glb import node_matrix

REACH = 100.0
F64 = npt.NDArray[np.float64]

angles = st.floats(-360, 360)
near_right_angles = st.builds(
    lambda turns, off: 90 * turns + off, st.integers(-4, 4), st.sampled_from([0, 1e-9, 1e-7, -1e-5, 1e-3])
)
scales = st.floats(0.01, 10).flatmap(lambda x: st.sampled_from([x, -x, 1.0, -1.0]))
offsets = st.floats(-1e7, 1e7)


def rotation(z: float, y: float, x: float) -> F64:
    result = np.eye(3)
    for axis, degrees in ((2, z), (1, y), (0, x)):
        turn = np.eye(3)
        first, second = (axis + 1) % 3, (axis + 2) % 3
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn[first, first], turn[first, second], turn[second, first], turn[second, second] = c, -s, s, c
        result = result @ turn
    return result


def written(linear: F64, offset: list[float], unit: float = METRE) -> list[dict[str, Any]]:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = linear, offset
    frames = Frames.identity(1)
    frames.reach[:] = REACH
    return NodeTransforms(matrix[None], frames, np.zeros(3), unit).chain(0)


def farthest_move(chain: list[dict[str, Any]], linear: F64, offset: list[float], unit: float = METRE) -> float:
    """Return how far the nodes move any corner of a cube that is 100 m away from its middle."""
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * REACH / np.sqrt(3)
    matrix = np.eye(4)
    for node in chain:
        assert "matrix" not in node
        assert abs(np.linalg.norm(node.get("rotation", [1])) - 1) < 1e-6
        matrix = matrix @ node_matrix(node)
    placed = (corners @ matrix[:3, :3].T + matrix[:3, 3]) * unit
    return float(np.linalg.norm(placed - (corners @ linear.T + offset), axis=1).max())


@given(
    st.one_of(angles, near_right_angles),
    near_right_angles | angles,
    angles | near_right_angles,
    st.tuples(scales, scales, scales),
    st.tuples(offsets, offsets, offsets),
)
def test_rotation_scale_and_mirror_are_exact(
    z: float, y: float, x: float, scale: tuple[float, ...], offset: tuple[float, ...]
) -> None:
    linear = rotation(z, y, x) * scale
    chain = written(linear, list(offset))
    assert len(chain) == 1
    assert farthest_move(chain, linear, list(offset)) < 5e-5 * max(1, *map(abs, scale))


@given(angles, angles, st.floats(0.001, 2), scales, st.tuples(offsets, offsets, offsets))
def test_a_skew_becomes_two_nodes(z: float, y: float, skew: float, scale: float, offset: tuple[float, ...]) -> None:
    linear = rotation(z, y, 0) @ np.array([[1, skew, 0], [0, 1, 0], [0, 0, scale]])
    chain = written(linear, list(offset))
    assert len(chain) == 2
    assert farthest_move(chain, linear, list(offset)) < 1e-4 * max(1, abs(scale))


@given(angles, st.tuples(offsets, offsets, offsets))
def test_compressed_translations_are_whole_tenths_of_a_millimetre(z: float, offset: tuple[float, ...]) -> None:
    chain = written(rotation(z, 0, 0), list(offset), TENTH_OF_A_MILLIMETRE)
    assert all(isinstance(number, int) for number in chain[0].get("translation", []))
    assert farthest_move(chain, rotation(z, 0, 0), list(offset), TENTH_OF_A_MILLIMETRE) < 1.5e-4


def test_identity_parts_are_left_out() -> None:
    assert written(np.eye(3), [0, 0, 0]) == [{}]
    assert written(np.eye(3), [1, 2.5, 0]) == [{"translation": [1, 2.5, 0]}]
    assert written(rotation(180, 0, 0), [0, 0, 0]) == [{"rotation": [0, 0, 1, 0]}]
    assert written(np.diag([2.0, 2, 2]), [0, 0, 0]) == [{"scale": [2, 2, 2]}]


def test_a_small_angle_is_kept_although_its_cosine_rounds_to_one() -> None:
    assert written(rotation(0.01, 0, 0), [0, 0, 0]) == [{"rotation": [0, 0, 8.73e-5, 1]}]


def test_a_flattened_placement_keeps_its_other_axes() -> None:
    for linear in (np.diag([1.0, 1, 0]), rotation(30, 20, 10) @ np.diag([2.0, 0, 0]), np.zeros((3, 3))):
        assert farthest_move(written(linear, [0, 0, 1]), linear, [0, 0, 1]) < 1e-4
