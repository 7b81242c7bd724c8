"""Compare a mesh with the volume and the box that planning expects of it."""

from ifcjob_runner.geometry.canonical import GRID, Points, Triangles, signed_volume
from ifcjob_runner.geometry.shapes import Expected

_MARGIN = 1e-4
"""Metres, or a share of the largest coordinate, by which a mesh may leave the box of its points."""


def fits(points: Points, triangles: Triangles, expected: Expected) -> bool:
    """Return whether a mesh has the expected volume and stays within the expected box."""
    low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return is_within(low, high, expected) and has_volume(signed_volume(points, triangles), low, high, expected)


def is_within(low: list[float], high: list[float], expected: Expected) -> bool:
    """Return whether the box of a mesh lies within the expected box."""
    margin = _MARGIN * max(1.0, *map(abs, low), *map(abs, high))
    if any(least < bound - margin for least, bound in zip(low, expected.low, strict=True)):
        return False
    return all(most <= bound + margin for most, bound in zip(high, expected.high, strict=True))


def has_volume(volume: float, low: list[float], high: list[float], expected: Expected) -> bool:
    """Return whether a mesh with this volume and box has the expected volume."""
    extents = sorted(most - least for least, most in zip(low, high, strict=True))
    rounding = GRID * extents[1] * extents[2]
    return abs(abs(volume) - expected.volume) <= expected.tolerance * expected.volume + rounding
