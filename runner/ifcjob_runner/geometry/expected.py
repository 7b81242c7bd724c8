"""Compare a mesh with the volume and the box that planning expects of it."""

import numpy as np

from ifcjob_runner.geometry.canonical import GRID, Points, Triangles
from ifcjob_runner.geometry.shapes import Expected

_MARGIN = 1e-4
"""Metres, or a share of the largest coordinate, by which a mesh may leave the box of its points."""


def fits(points: Points, triangles: Triangles, expected: Expected) -> bool:
    """Return whether a mesh has the expected volume and stays within the expected box."""
    low, high = np.array(expected.low), np.array(expected.high)
    margin = _MARGIN * max(1.0, float(np.abs(points).max()))
    if (points.min(axis=0) < low - margin).any() or (points.max(axis=0) > high + margin).any():
        return False
    corners = points[triangles] - low
    x, y, z = corners[:, :, 0], corners[:, :, 1], corners[:, :, 2]
    # The prisms between the triangles and the level of the lowest corner.
    base = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    volume = abs(float(base @ z.sum(axis=1))) / 6
    rounding = GRID * float(np.prod(np.sort(high - low)[1:]))
    return abs(volume - expected.volume) <= expected.tolerance * expected.volume + rounding
