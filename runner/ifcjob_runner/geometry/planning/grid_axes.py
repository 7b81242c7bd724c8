"""Axes of grids in the plane of their grid: straight ones and circles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import hypot, inf, sqrt
from typing import TYPE_CHECKING, TypeAlias

from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id

if TYPE_CHECKING:
    from ifcjob_runner.data.attribute_access import Instance
    from ifcjob_runner.data.placements import Placements, Vector

_EQUAL = 1e-6
"""Metres between points that are one."""


@dataclass(frozen=True, slots=True)
class Straight:
    """A line through a point."""

    start: Vector
    direction: Vector
    """Of length 1."""
    extent: tuple[float, float]
    """Where the axis as drawn begins and ends, in metres along the direction."""

    def moved_left(self, offset: float) -> Straight:
        """Return the parallel to the left, seen along the direction."""
        (x, y, z), direction = self.start, self.direction
        return replace(self, start=(x - direction[1] * offset, y + direction[0] * offset, z))

    def direction_at(self, _: Vector) -> Vector:
        """Return the tangent."""
        return self.direction


@dataclass(frozen=True, slots=True)
class Circular:
    """A circle, of which an arc may be drawn."""

    centre: Vector
    radius: float
    sense: float
    """1 if it runs counterclockwise, else -1."""

    def moved_left(self, offset: float) -> Circular:
        """Return the circle to the left, seen along the direction."""
        return replace(self, radius=self.radius - self.sense * offset)

    def direction_at(self, point: Vector) -> Vector:
        """Return the tangent at a point of the circle."""
        x, y = point[0] - self.centre[0], point[1] - self.centre[1]
        return unit(-y * self.sense, x * self.sense)


GridAxis: TypeAlias = Straight | Circular


def grid_axis(axis: Instance, placements: Placements) -> GridAxis:
    """Return an IfcGridAxis; SameSense may reverse it. Raise RuntimeError for other curves than lines and circles."""
    curve, sense = argument(axis, 1), 1.0 if argument(axis, 2) else -1.0
    if class_of(curve) == "IfcTrimmedCurve":
        sense = sense if argument(curve, 3) or class_of(argument(curve, 0)) == "IfcLine" else -sense
        curve = argument(curve, 0)
    if class_of(curve) == "IfcPolyline":
        points = argument(curve, 0)
        start, end = (placements.point(point, 2) for point in (points[0], points[-1]))
        length = hypot(end[0] - start[0], end[1] - start[1])
        extent = (0.0, length) if sense > 0 else (-length, 0.0)
        return Straight(start, unit((end[0] - start[0]) * sense, (end[1] - start[1]) * sense), extent)
    if class_of(curve) == "IfcLine":
        ratios = argument(argument(argument(curve, 1), 0), 0)
        direction = unit(float(ratios[0]) * sense, float(ratios[1]) * sense)
        return Straight(placements.point(argument(curve, 0), 2), direction, (-inf, inf))
    if class_of(curve) == "IfcCircle":
        centre = placements.point(argument(argument(curve, 0), 0), 2)
        return Circular(centre, float(argument(curve, 1)) * placements.length_scale, sense)
    raise RuntimeError(f"grid axis #{step_id(axis)} is neither straight nor a circle: {class_of(curve)}")


def crossings(first: GridAxis, second: GridAxis) -> list[tuple[float, float]]:
    """Return the points where two axes cross: straight ones beyond their ends, circles only on the drawn line."""
    if isinstance(first, Circular):
        first, second = second, first
    if isinstance(first, Circular):
        raise RuntimeError("two axes of a grid are circles")  # noqa: TRY004 - of the file, not of the call
    p, d = first.start, first.direction
    if isinstance(second, Circular):
        return _on_circle(first, second)
    q, e = second.start, second.direction
    determinant = d[0] * e[1] - d[1] * e[0]
    if abs(determinant) < 1e-9:
        return []
    along = ((q[0] - p[0]) * e[1] - (q[1] - p[1]) * e[0]) / determinant
    return [(p[0] + along * d[0], p[1] + along * d[1])]


def _on_circle(line: Straight, circle: Circular) -> list[tuple[float, float]]:
    p, d = line.start, line.direction
    x, y = circle.centre[0] - p[0], circle.centre[1] - p[1]
    middle, aside = x * d[0] + y * d[1], x * d[1] - y * d[0]
    rest = circle.radius**2 - aside**2
    if circle.radius <= 0 or rest < 0:
        return []
    half = sqrt(rest)
    low, high = line.extent
    along = {middle - half, middle + half}
    return [(p[0] + t * d[0], p[1] + t * d[1]) for t in sorted(along) if low - _EQUAL <= t <= high + _EQUAL]


def unit(x: float, y: float) -> Vector:
    """Return the direction of a vector in the plane."""
    length = hypot(x, y)
    if length < 1e-12:
        raise RuntimeError("an axis of a grid has no direction")
    return (x / length, y / length, 0.0)
