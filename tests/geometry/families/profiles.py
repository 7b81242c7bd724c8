"""Every class of profile: its lines, and its exact outline."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.geometry.draw import NEW, SCHEMAS
from tests.geometry.outline import Region, Ring, circle, ellipse, polygon, rectangle, turned
from tests.geometry.step import AREA, DERIVED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.geometry.draw import Draw
    from tests.geometry.solid import Points
    from tests.geometry.step import Ref

Profile = tuple["Ref", Region]
PROFILES: dict[str, tuple[Callable[[Draw], Profile], tuple[str, ...]]] = {}


def _profile(name: str, schemas: tuple[str, ...] = SCHEMAS) -> Callable[[Any], Any]:
    def register(make: Callable[[Draw], Profile]) -> Callable[[Draw], Profile]:
        PROFILES[name] = (make, schemas)
        return make

    return register


def _position(draw: Draw) -> tuple[Ref, Points]:
    """Write a profile's position, which IFC2X3 requires."""
    if draw.chance(0.5):
        return draw.step.axes_2d(), np.eye(3)
    origin = [draw.between(-1, 1), draw.between(-1, 1)]
    angle = draw.random.choice((0.0, pi / 2, pi, draw.between(-3, 3)))
    return draw.step.axes_2d(origin, (cos(angle), sin(angle))), turned(angle, origin)


def _write(draw: Draw, name: str, region: Region, *lengths: float | None, rest: tuple[Any, ...] = ()) -> Profile:
    position, matrix = _position(draw)
    values = [None if value is None else draw.step.m(value) for value in lengths]
    return draw.step.add(name, AREA, None, position, *values, *rest), region.moved(matrix)


@_profile("IfcRectangleProfileDef")
def rectangle_profile(draw: Draw) -> Profile:
    x, y = draw.size(), draw.size()
    return _write(draw, "IfcRectangleProfileDef", Region(rectangle(x, y)), x, y)


@_profile("IfcRoundedRectangleProfileDef")
def rounded_rectangle(draw: Draw) -> Profile:
    x, y = draw.size(), draw.size()
    radius = draw.between(0.05, 0.45) * min(x, y)
    return _write(draw, "IfcRoundedRectangleProfileDef", Region(rectangle(x, y, radius)), x, y, radius)


@_profile("IfcRectangleHollowProfileDef")
def rectangle_hollow(draw: Draw) -> Profile:
    x, y = draw.size(), draw.size()
    wall = draw.between(0.05, 0.3) * min(x, y)
    return _hollow(draw, x, y, wall, None, None)


@_profile("IfcRectangleHollowProfileDef, fillets")
def rectangle_hollow_with_fillets(draw: Draw) -> Profile:
    x, y = draw.size(), draw.size()
    wall = draw.between(0.05, 0.2) * min(x, y)
    return _hollow(draw, x, y, wall, draw.between(0.2, 0.9) * wall, draw.between(0.5, 1.5) * wall)


def _hollow(draw: Draw, x: float, y: float, wall: float, inner: float | None, outer: float | None) -> Profile:
    hole = rectangle(x - 2 * wall, y - 2 * wall, inner or 0.0)
    region = Region(rectangle(x, y, outer or 0.0), (hole,))
    return _write(draw, "IfcRectangleHollowProfileDef", region, x, y, wall, inner, outer)


@_profile("IfcCircleProfileDef")
def circle_profile(draw: Draw) -> Profile:
    radius = draw.size(0.005, 3)
    return _write(draw, "IfcCircleProfileDef", Region(circle(radius)), radius)


@_profile("IfcCircleHollowProfileDef")
def circle_hollow(draw: Draw) -> Profile:
    radius = draw.size(0.01, 3)
    wall = draw.between(0.03, 0.6) * radius
    region = Region(circle(radius), (circle(radius - wall),))
    return _write(draw, "IfcCircleHollowProfileDef", region, radius, wall)


@_profile("IfcEllipseProfileDef")
def ellipse_profile(draw: Draw) -> Profile:
    first, second = draw.size(0.05, 3), draw.size(0.05, 3)
    return _write(draw, "IfcEllipseProfileDef", Region(ellipse(first, second)), first, second)


@_profile("IfcTrapeziumProfileDef")
def trapezium(draw: Draw) -> Profile:
    bottom, top, height = draw.size(), draw.size(), draw.size()
    offset = draw.between(-0.5, 0.5) * bottom
    middle = (min(0, offset) + max(bottom, offset + top)) / 2  # the origin is in the middle of the outline's box
    corners = [(0, -height / 2), (bottom, -height / 2), (offset + top, height / 2), (offset, height / 2)]
    corners = [(x - middle, y) for x, y in corners]
    return _write(draw, "IfcTrapeziumProfileDef", Region(polygon(corners)), bottom, top, height, offset)


def _random_polygon(draw: Draw, size: float, corners: int) -> Points:
    """Return a star-shaped polygon, anticlockwise or clockwise."""
    start = draw.between(0, 2 * pi)
    angles = [start + 2 * pi * (i + draw.between(-0.35, 0.35)) / corners for i in range(corners)]
    points = np.array([[cos(a) * r, sin(a) * r] for a in angles for r in [size * draw.between(0.5, 1.0)]])
    points += [draw.between(-1, 1), draw.between(-1, 1)]
    points = np.round(points, 6)
    return points[::-1] if draw.chance(0.5) else points


@_profile("IfcArbitraryClosedProfileDef, IfcPolyline")
def arbitrary(draw: Draw) -> Profile:
    points = _random_polygon(draw, draw.size(), draw.random.randint(3, 12))
    return _arbitrary(draw, draw.step.polyline(points, closed=True), Region(polygon(points)))


@_profile("IfcArbitraryClosedProfileDef, doubled points")
def arbitrary_doubled(draw: Draw) -> Profile:
    points = _random_polygon(draw, draw.size(), draw.random.randint(3, 8))
    written = [point for i, point in enumerate(points) for point in ([point] * (2 if i % 2 else 1))]
    middle = (points[0] + points[-1]) / 2
    return _arbitrary(draw, draw.step.polyline([*written, middle], closed=True), Region(polygon(points)))


def _arbitrary(draw: Draw, curve: Ref, region: Region) -> Profile:
    return draw.step.add("IfcArbitraryClosedProfileDef", AREA, None, curve), region


def _holes(draw: Draw, size: float) -> tuple[list[Ref], list[Ring]]:
    """Write one to three holes that fit into a square of this size around the origin."""
    refs, rings = [], []
    for i in range(draw.random.randint(1, 3)):
        centre = np.array([size * (i - 1) * 0.6, draw.between(-0.4, 0.4) * size])
        if draw.chance(0.5):
            radius = draw.between(0.05, 0.25) * size
            position = draw.step.axes_2d(centre)
            refs.append(draw.step.add("IfcCircle", position, draw.step.m(radius)))
            rings.append(circle(radius, centre))
        else:
            half = draw.between(0.05, 0.25) * size
            corners = centre + half * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)][:: draw.random.choice((1, -1))])
            refs.append(draw.step.polyline(corners, closed=True))
            rings.append(polygon(corners))
    return refs, rings


@_profile("IfcArbitraryProfileDefWithVoids")
def arbitrary_with_voids(draw: Draw) -> Profile:
    size = draw.size(0.1)
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)][:: draw.random.choice((1, -1))]) * size
    refs, rings = _holes(draw, size)
    curve = draw.step.polyline(corners, closed=True)
    ref = draw.step.add("IfcArbitraryProfileDefWithVoids", AREA, None, curve, refs)
    return ref, Region(polygon(corners), tuple(rings))


@_profile("IfcCompositeProfileDef")
def composite(draw: Draw) -> Profile:
    """Two parts that touch, so that they are one outline."""
    x, y, z = draw.size(), draw.size(), draw.size()
    refs = []
    for width, centre in ((x, -x / 2), (z, z / 2)):
        position = draw.step.axes_2d((centre, 0.0))
        refs.append(draw.step.add("IfcRectangleProfileDef", AREA, None, position, draw.step.m(width), draw.step.m(y)))
    corners = [(-x, -y / 2), (z, -y / 2), (z, y / 2), (-x, y / 2)]
    return draw.step.add("IfcCompositeProfileDef", AREA, None, refs, None), Region(polygon(corners), joined=True)


@_profile("IfcDerivedProfileDef")
def derived(draw: Draw) -> Profile:
    x, y, scale, angle = draw.size(), draw.size(), draw.between(0.5, 2), draw.between(-3, 3)
    parent = draw.step.add("IfcRectangleProfileDef", AREA, None, draw.step.axes_2d(), draw.step.m(x), draw.step.m(y))
    origin = (draw.between(-1, 1), draw.between(-1, 1))
    directions = [draw.step.direction(cos(angle), sin(angle)), draw.step.direction(-sin(angle), cos(angle))]
    operator = draw.step.add("IfcCartesianTransformationOperator2D", *directions, draw.step.point(*origin), scale)
    ref = draw.step.add("IfcDerivedProfileDef", AREA, None, parent, operator, None)
    return ref, Region(rectangle(x, y).moved(turned(angle, origin, scale)))


@_profile("IfcMirroredProfileDef", NEW)
def mirrored(draw: Draw) -> Profile:
    points = _random_polygon(draw, draw.size(), draw.random.randint(3, 8))
    parent, region = _arbitrary(draw, draw.step.polyline(points, closed=True), Region(polygon(points)))
    mirror = np.diag([-1.0, 1.0, 1.0])
    return draw.step.add("IfcMirroredProfileDef", AREA, None, parent, DERIVED, None), region.moved(mirror)


@_profile("IfcCenterLineProfileDef")
def centre_line(draw: Draw) -> Profile:
    """A line with right angles; its thickness is half to each side, with flat ends and sharp corners."""
    a, b, thickness = draw.size(0.5), draw.size(0.5), draw.between(0.02, 0.3)
    points, half = [(0.0, 0.0), (a, 0.0), (a, b)], thickness / 2
    corners = [(0, -half), (a + half, -half), (a + half, b), (a - half, b), (a - half, half), (0, half)]
    if draw.chance(0.4):
        points, corners = points[:2], [(0, -half), (a, -half), (a, half), (0, half)]
    curve = draw.step.polyline(points)
    ref = draw.step.add("IfcCenterLineProfileDef", AREA, None, curve, draw.step.m(thickness))
    return ref, Region(polygon(corners))
