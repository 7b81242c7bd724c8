"""Calculate the volume and the box that a plain body must have, to check the meshes of the engines at run time.

Only where that costs microseconds: extrusions of rectangles, circles and polylines, with holes. The engine table says
which classes are proved; this check is for what no table foresees.
"""

from __future__ import annotations

from itertools import pairwise
from math import hypot, pi
from typing import TYPE_CHECKING, NamedTuple

from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.placements import IDENTITY
from ifcjob_runner.geometry.shapes import Expected

if TYPE_CHECKING:
    from ifcjob_runner.data.attribute_access import Instance
    from ifcjob_runner.geometry.planning.transforms import Transforms

    Point = tuple[float, float]

_MAX_CORNERS = 64
"""Longer outlines take longer to read than is worth it."""
_STRAIGHT, _ROUND = 0.005, 0.03
"""The accepted share of difference in volume; the engines draw circles as polygons."""


class _Outline(NamedTuple):
    area: float
    low: Point
    high: Point
    tolerance: float


class Expectations:
    """The expected volumes and boxes of one file's bodies."""

    def __init__(self, transforms: Transforms) -> None:
        self._transforms = transforms
        self._scale = transforms.length_scale

    def of_items(self, items: tuple[Instance, ...]) -> Expected | None:
        """Return what a body of these items must have, in metres; None when an item is not plain."""
        try:
            return self._of_item(items[0]) if len(items) == 1 else self._of_all(items)
        except (IndexError, TypeError, ValueError):  # an attribute is missing or has too few numbers
            return None

    def _of_all(self, items: tuple[Instance, ...]) -> Expected | None:
        known = []
        for item in items:
            expected = self._of_item(item)
            if expected is None:
                return None
            known.append(expected)
        low = _point([min(item.low[axis] for item in known) for axis in range(3)])
        high = _point([max(item.high[axis] for item in known) for axis in range(3)])
        return Expected(sum(item.volume for item in known), low, high, max(item.tolerance for item in known))

    def _of_item(self, item: Instance) -> Expected | None:
        if class_of(item) != "IfcExtrudedAreaSolid":
            return None
        outline = self._profile(argument(item, 0))
        if outline is None:
            return None
        x, y, z = _direction(argument(argument(item, 2), 0))
        depth = float(argument(item, 3)) * self._scale
        position = argument(item, 1)
        axes = IDENTITY if position is None else self._transforms.of_axes(position)
        (left, bottom), (right, top) = outline.low, outline.high
        width, height = (right - left) / 2, (top - bottom) / 2
        middle_x, middle_y = left + width, bottom + height
        low, high = [], []
        for a, b, c, origin in zip(*axes, strict=True):
            middle = origin + a * middle_x + b * middle_y
            half = abs(a) * width + abs(b) * height
            rise = (a * x + b * y + c * z) * depth
            low.append(middle - half + (rise if rise < 0 else 0.0))
            high.append(middle + half + (rise if rise > 0 else 0.0))
        return Expected(outline.area * depth * abs(z), _point(low), _point(high), outline.tolerance)

    def _profile(self, profile: Instance) -> _Outline | None:
        name = class_of(profile)
        if name == "IfcRectangleProfileDef":
            width, height = (float(argument(profile, number)) * self._scale / 2 for number in (3, 4))
            return self._centred(profile, 4 * width * height, hypot(width, height), _STRAIGHT)
        if name == "IfcCircleProfileDef":
            radius = float(argument(profile, 3)) * self._scale
            return self._centred(profile, pi * radius * radius, radius, _ROUND)
        if name == "IfcArbitraryClosedProfileDef":
            return self._curve(argument(profile, 2))
        if name != "IfcArbitraryProfileDefWithVoids":
            return None
        outer = self._curve(argument(profile, 2))
        holes = [self._curve(hole) for hole in argument(profile, 3)]
        areas = [hole.area for hole in holes if hole is not None]
        if outer is None or len(areas) < len(holes):
            return None
        return outer._replace(area=outer.area - sum(areas))

    def _centred(self, profile: Instance, area: float, radius: float, tolerance: float) -> _Outline:
        position = argument(profile, 2)
        x, y = (0.0, 0.0) if position is None else self._transforms.of_point(argument(position, 0))[:2]
        return _Outline(area, (x - radius, y - radius), (x + radius, y + radius), tolerance)

    def _curve(self, curve: Instance) -> _Outline | None:
        name = class_of(curve)
        if name == "IfcPolyline":
            points = argument(curve, 0)
            corners = [argument(point, 0) for point in points] if len(points) <= _MAX_CORNERS else []
        elif name == "IfcIndexedPolyCurve" and argument(curve, 1) is None:
            corners = argument(argument(curve, 0), 0)
        else:
            return None
        if not 3 <= len(corners) <= _MAX_CORNERS:
            return None
        scale = self._scale
        # Around the first corner: coordinates may be far from the origin.
        x0, y0 = corners[0][0], corners[0][1]
        near = [(corner[0] - x0, corner[1] - y0) for corner in corners]
        area = abs(sum([a * d - b * c for (a, b), (c, d) in pairwise(near)])) / 2 * scale * scale
        xs, ys = zip(*near, strict=True)
        low = ((min(xs) + x0) * scale, (min(ys) + y0) * scale)
        return _Outline(area, low, ((max(xs) + x0) * scale, (max(ys) + y0) * scale), _STRAIGHT)


def _direction(ratios: tuple[float, ...]) -> tuple[float, float, float]:
    x, y, z = ratios
    length = hypot(x, y, z) or 1.0
    return x / length, y / length, z / length


def _point(coordinates: list[float]) -> tuple[float, float, float]:
    x, y, z = coordinates
    return x, y, z
