"""The measures of all meshes of one call of ifclite are those that each mesh has by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from ifcjob_runner.geometry.canonical import canonical, signed_volume
from ifcjob_runner.geometry.engines import measures
from ifcjob_runner.geometry.engines.measures import measures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ifclite_geom import ElementBuffers

TETRAHEDRON = [(0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2)]
MESHES = {
    7: ([(1, 1, 1), (2, 1, 1), (1, 3, 1), (1, 1, 5)], TETRAHEDRON),
    9: ([(0, 0, 9), (9, 0, 9), (0, 9, 9), (9, 9, 30), (1, 2, 3)], TETRAHEDRON[1:]),
    4: ([(-1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, -1)], [*TETRAHEDRON, (1, 1, 2)]),
}


def _buffers(points: Sequence[tuple[float, ...]], triangles: Sequence[tuple[int, ...]]) -> ElementBuffers:
    return {"vertices": np.array(points, np.float64).tobytes(), "faces": np.array(triangles, np.uint32).tobytes()}  # type: ignore[typeddict-item] # only these two are read


@pytest.mark.parametrize("chunk", [1, measures._CHUNK], ids=["one by one", "together"])
def test_meshes_measured_together_have_their_own_box_and_volume(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "_CHUNK", chunk)
    measured = measures_of({number: _buffers(*mesh) for number, mesh in MESHES.items()}, {})
    assert list(measured) == list(MESHES)
    for number, (corners, triangles) in MESHES.items():
        points = np.array(corners, np.float64)
        low, high, volume, whole, _ = measured[number]
        assert (low, high) == (points.min(axis=0).tolist(), points.max(axis=0).tolist())
        assert volume == pytest.approx(signed_volume(points, np.array(triangles)))
        assert whole == (number != 4)


def test_a_mesh_without_triangles_has_no_measures() -> None:
    assert list(measures_of({1: _buffers([(0, 0, 0)], []), 2: _buffers(*MESHES[7])}, {})) == [2]


def test_a_body_at_a_far_place_is_measured_and_rounded_relative_to_it() -> None:
    place, (corners, triangles) = np.array([70_000.0, -300.0, 2.0]), MESHES[7]
    elements = {7: _buffers(corners, triangles), 8: _buffers((np.array(corners) + place).tolist(), triangles)}
    near, far = measures_of(elements, {8: place}, {7, 8}).values()
    assert (near.low, near.high, near.volume) == (far.low, far.high, far.volume)
    mesh, _ = canonical(np.array(corners, np.float64), np.array(triangles), ())
    for measured in (near, far):
        assert measured.positions is not None
        assert measured.positions.tobytes() == mesh.positions.tobytes()


@pytest.mark.parametrize(
    ("corners", "triangles"),
    [
        (MESHES[7][0], [triangle[::-1] for triangle in TETRAHEDRON]),
        (MESHES[4][0], MESHES[4][1]),
        ([(x + 600, y, z) for x, y, z in MESHES[7][0]], TETRAHEDRON),
    ],
    ids=["inside out", "with a broken triangle", "far from its origin"],
)
def test_a_body_that_needs_more_than_rounding_keeps_its_vertices(
    corners: list[tuple[float, ...]], triangles: list[tuple[int, ...]]
) -> None:
    elements = {1: _buffers(corners, triangles)}
    assert measures_of(elements, {}, {1})[1].positions is None
    assert elements[1]["vertices"]


def test_an_operand_keeps_its_vertices() -> None:
    elements = {1: _buffers(*MESHES[7]), 2: _buffers(*MESHES[7])}
    assert measures_of(elements, {}, {2})[1].positions is None
    assert elements[1]["vertices"]
    assert not elements[2]["vertices"]
