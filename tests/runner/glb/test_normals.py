"""Normals have the direction of the surface, and vertices are split only where necessary."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.runner.glb.scenes import MIRROR, at, box, global_id, mesh, scene, tube, turned

COMPRESSIONS = ["none", "quantize", "meshopt"]
# Eight bits a component are good for half a degree; node scales up to threefold stretch that.
SHARP = {"none": 0.9999, "quantize": 0.998, "meshopt": 0.998}


def unit(vectors: Any) -> Any:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def positions_stored(glb: Any) -> int:
    return sum(a["count"] for a in glb.json["accessors"] if "min" in a)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("linear", [np.eye(3), turned(33), MIRROR, turned(20) @ np.diag([1, 3, 0.5])])
@pytest.mark.parametrize("shape", [box(4, 0.2, 2.7), tube(0.5, 3)], ids=["box", "tube"])
def test_flat_normals_equal_the_face_normals(tmp_path: Path, compression: str, linear: Any, shape: Any) -> None:
    source = scene([shape], {1: [(0, at(1, 2, 3, linear))], 2: [(0, at(9))]})
    glb, _ = source.write(tmp_path / "model.glb", normals="flat", compression=compression)
    for step in (1, 2):
        drawn = glb.elements[global_id(step)]
        faces = np.repeat(unit(drawn.face_vectors()), 3, axis=0)
        aligned = (drawn.normals[drawn.triangles.reshape(-1)] * faces).sum(axis=1)
        assert aligned.min() > SHARP[compression]


@pytest.mark.parametrize("kind", ["flat", "smooth"])
def test_a_box_with_normals_has_four_vertices_per_side(tmp_path: Path, kind: str) -> None:
    glb, _ = scene([box(1, 2, 3)], {1: [(0, at())]}).write(tmp_path / "model.glb", normals=kind)
    assert positions_stored(glb) == 24


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_smooth_normals_follow_a_round_side_and_keep_its_rim(tmp_path: Path, compression: str) -> None:
    glb, _ = scene([tube(1, 2)], {1: [(0, at())]}).write(
        tmp_path / "model.glb", normals="smooth", compression=compression
    )
    drawn = glb.elements[global_id(1)]
    side = np.abs(drawn.normals[:, 2]) < 0.5
    radial = drawn.positions * (1, 1, 0)
    assert (drawn.normals[side] * unit(radial[side])).sum(axis=1).min() > 0.998
    assert drawn.normals[~side, 2].max() < -0.999
    # Two rings for the side, one more and the centre for the bottom.
    assert positions_stored(glb) == 24 * 3 + 1


def test_edges_above_the_crease_angle_stay_sharp(tmp_path: Path) -> None:
    def vertices(sides: int) -> int:
        source = scene([tube(1, 2, sides=sides)], {1: [(0, at())]})
        return positions_stored(source.write(tmp_path / "model.glb", normals="smooth")[0])

    # 360 / 13 = 27.7 degrees a side: smooth; 360 / 11 = 32.7: every side for itself.
    assert vertices(13) == 13 * 3 + 1
    assert vertices(11) == 11 * 4 + 11 + 1


def test_smooth_normals_join_triangles_that_share_points_only(tmp_path: Path) -> None:
    welded = tube(1, 2)
    loose = mesh(welded.positions[welded.triangles.reshape(-1)], np.arange(welded.triangles.size).reshape(-1, 3))
    files = []
    for name, shape in (("welded", welded), ("loose", loose)):
        scene([shape], {1: [(0, at())]}).write(tmp_path / name, normals="smooth")
        files.append((tmp_path / name).read_bytes())
    assert len(files[0]) == len(files[1])


def test_smooth_normals_are_weighted_by_area(tmp_path: Path) -> None:
    tilt = np.radians(20)
    roof = mesh(
        [(0, 0, 0), (0, 1, 0), (-9, 0, 0), (np.cos(tilt), 0, -np.sin(tilt))],
        [(0, 1, 2), (0, 3, 1)],
    )
    glb, _ = scene([roof], {1: [(0, at())]}).write(tmp_path / "model.glb", normals="smooth")
    drawn = glb.elements[global_id(1)]
    ridge = drawn.normals[(drawn.positions[:, 0] == 0).nonzero()[0]]
    large, small = np.array([0, 0, 9.0]), np.array([np.sin(tilt), 0, np.cos(tilt)])
    assert ridge == pytest.approx(np.tile(unit((large + small)[None])[0], (2, 1)), abs=1e-5)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize(
    "outline", [[(1, 0), (0.5, 3)], [(0.02, 0), (0.02, 0.29), (0.01, 0.3)]], ids=["cone", "bevelled rod"]
)
def test_slanted_normals_keep_their_direction_when_quantized(tmp_path: Path, compression: str, outline: Any) -> None:
    profile = np.array(outline)
    shape = tube(1, len(profile) - 1, rings=len(profile))
    level = shape.positions[:-1, 2].round().astype(int)
    shape.positions[:-1] = np.column_stack((shape.positions[:-1, :2] * profile[level, :1], profile[level, 1]))
    glb, _ = scene([shape], {1: [(0, at())]}).write(tmp_path / "model.glb", normals="flat", compression=compression)
    drawn = glb.elements[global_id(1)]
    corners = shape.positions[shape.triangles].astype(float)
    faces = unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    # Eight bits are good for 0.4 degrees; a slant squeezed by the grid's scale would be off by several.
    assert (drawn.normals @ faces.T).max(axis=1).min() > np.cos(np.radians(0.5))
    assert (drawn.normals @ faces.T).max(axis=0).min() > np.cos(np.radians(0.5))


def test_normals_are_written_only_on_request(tmp_path: Path) -> None:
    glb, _ = scene([tube(1, 2)], {1: [(0, at())]}).write(tmp_path / "model.glb")
    assert len(glb.elements[global_id(1)].normals) == 0
