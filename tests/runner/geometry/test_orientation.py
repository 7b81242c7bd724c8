"""Triangles of a closed surface are turned to one side; other surfaces stay as they are."""

from __future__ import annotations

import numpy as np

from ifcjob_runner.geometry.canonical import is_closed, outward, signed_volume
from ifcjob_runner.geometry.orientation import consistent

POINTS = np.array([[x, y, z] for x in (0.0, 2) for y in (0.0, 3) for z in (0.0, 4)])
QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
BOX = np.array([triangle for a, b, c, d in QUADS for triangle in ((a, b, c), (a, c, d))])


def test_triangles_that_point_inwards_are_turned() -> None:
    assert signed_volume(POINTS, BOX) == 24
    mixed = BOX.copy()
    mixed[[0, 3, 4, 9]] = mixed[[0, 3, 4, 9], ::-1]
    corners = POINTS[mixed].reshape(-1, 3)  # no two triangles share a vertex
    assert not is_closed(corners, np.arange(36).reshape(-1, 3))
    turned = consistent(corners, np.arange(36).reshape(-1, 3))
    assert turned is not None
    assert signed_volume(corners, outward(corners, turned)) == 24


def test_an_open_surface_stays_open() -> None:
    assert consistent(POINTS, BOX[1:]) is None


def test_a_one_sided_surface_has_no_outside() -> None:
    """The least triangulation of the projective plane."""
    faces = "123 134 145 156 162 245 356 462 523 634"
    triangles = np.array([[int(corner) - 1 for corner in face] for face in faces.split()])
    points = np.array([[i, i * i, i**3] for i in range(6)], float)
    assert consistent(points, triangles) is None
