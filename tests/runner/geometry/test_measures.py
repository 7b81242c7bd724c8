"""The measures of all meshes of one call of ifclite are those that each mesh has by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from ifcjob_runner.geometry.canonical import signed_volume
from ifcjob_runner.geometry.engines import measures
from ifcjob_runner.geometry.engines.measures import measures_of

if TYPE_CHECKING:
    from ifclite_geom import ElementBuffers

TETRAHEDRON = [(0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2)]
MESHES = {
    7: ([(1, 1, 1), (2, 1, 1), (1, 3, 1), (1, 1, 5)], TETRAHEDRON),
    9: ([(0, 0, 9), (9, 0, 9), (0, 9, 9), (9, 9, 30), (1, 2, 3)], TETRAHEDRON[1:]),
    4: ([(-1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, -1)], [*TETRAHEDRON, (1, 1, 2)]),
}


def _buffers(points: list[tuple[float, ...]], triangles: list[tuple[int, ...]]) -> ElementBuffers:
    return {"vertices": np.array(points, np.float64).tobytes(), "faces": np.array(triangles, np.uint32).tobytes()}  # type: ignore[typeddict-item] # only these two are read


@pytest.mark.parametrize("chunk", [1, measures._CHUNK], ids=["one by one", "together"])
def test_meshes_measured_together_have_their_own_box_and_volume(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "_CHUNK", chunk)
    measured = measures_of({number: _buffers(*mesh) for number, mesh in MESHES.items()})
    assert list(measured) == list(MESHES)
    for number, (corners, triangles) in MESHES.items():
        points = np.array(corners, np.float64)
        low, high, volume, whole = measured[number]
        assert (low, high) == (points.min(axis=0).tolist(), points.max(axis=0).tolist())
        assert volume == pytest.approx(signed_volume(points, np.array(triangles)))
        assert whole == (number != 4)


def test_a_mesh_without_triangles_has_no_measures() -> None:
    assert list(measures_of({1: _buffers([(0, 0, 0)], []), 2: _buffers(*MESHES[7])})) == [2]
