"""Compare a mesh with the volume and the box that planning expects of it."""

from ifcjob_runner.geometry.canonical import GRID, Points, Triangles, signed_volume
from ifcjob_runner.geometry.shapes import Expected

_MARGIN = 1e-4
"""Metres, or a share of the largest coordinate, by which a mesh may leave the box of its points."""


def fits(points: Points, triangles: Triangles, expected: Expected) -> bool:
    """Return whether a mesh has the expected volume and stays within the expected box."""
    low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    margin = _MARGIN * max(1.0, *map(abs, low), *map(abs, high))
    if any(least < bound - margin for least, bound in zip(low, expected.low, strict=True)):
        return False
    if any(most > bound + margin for most, bound in zip(high, expected.high, strict=True)):
        return False
    extents = sorted(most - least for least, most in zip(low, high, strict=True))
    rounding = GRID * extents[1] * extents[2]
    difference: float = abs(abs(signed_volume(points, triangles)) - expected.volume)
    return bool(difference <= expected.tolerance * expected.volume + rounding)
