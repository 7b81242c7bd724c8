"""Surfaces that are the whole body: bounded planes, trimmed and swept surfaces."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

import numpy as np

from tests.geometry.draw import NEW, Body, Draw, case
from tests.geometry.outline import circle, polygon
from tests.geometry.solid import Solid, apply
from tests.geometry.step import Word

if TYPE_CHECKING:
    from tests.geometry.solid import Frame, Points
    from tests.geometry.step import Ref


def _flat(points: Points, area: float, frame: Frame) -> Solid:
    extremes = np.c_[points, np.zeros(len(points))] if points.shape[1] == 2 else points
    return Solid(area=area, extremes=apply(frame, extremes), closed=False)


def _plane(draw: Draw) -> tuple[Ref, Frame]:
    position, frame = draw.position()
    return draw.step.add("IfcPlane", position), frame


@case("IfcCurveBoundedPlane")
def bounded_plane(draw: Draw) -> Body:
    """A rectangle, with a hole in half of the cases."""
    x, y = draw.size(0.2), draw.size(0.2)
    outer = [(0, 0), (x, 0), (x, y), (0, y)]
    inner = [(x / 4, y / 4), (x / 4, y / 2), (x / 2, y / 2), (x / 2, y / 4)]
    plane, frame = _plane(draw)
    holes = [draw.step.polyline(inner, closed=True)] if draw.chance(0.5) else []
    item = draw.step.add("IfcCurveBoundedPlane", plane, draw.step.polyline(outer, closed=True), holes)
    area = x * y - (polygon(inner).area if holes else 0.0)
    return Body([item], _flat(np.array(outer, float), area, frame), "Surface3D")


@case("IfcRectangularTrimmedSurface, IfcPlane")
def trimmed_plane(draw: Draw) -> Body:
    plane, frame = _plane(draw)
    u, v = draw.between(-2, 2), draw.between(-2, 2)
    x, y = draw.size(0.2), draw.size(0.2)
    bounds = [draw.step.m(value) for value in (u, v, u + x, v + y)]
    item = draw.step.add("IfcRectangularTrimmedSurface", plane, *bounds, True, True)
    corners = np.array([(u, v), (u + x, v), (u + x, v + y), (u, v + y)])
    return Body([item], _flat(corners, x * y, frame), "Surface3D")


@case("IfcSurfaceOfLinearExtrusion")
def extruded_line(draw: Draw) -> Body:
    points = [(0.0, 0.0), (draw.size(0.2), 0.0)]
    points.append((points[1][0], draw.size(0.2)))
    curve = draw.step.polyline(points)
    profile = draw.step.add("IfcArbitraryOpenProfileDef", Word(".CURVE."), None, curve)
    position, frame = draw.position()
    depth = draw.size(0.2)
    item = draw.step.add(
        "IfcSurfaceOfLinearExtrusion", profile, position, draw.step.direction(0, 0, 1), draw.step.m(depth)
    )
    flat = np.array([(*point, z) for point in points for z in (0.0, depth)])
    length = points[1][0] + points[2][1]
    return Body([item], _flat(flat, length * depth, frame), "Surface3D")


@case("IfcSurfaceOfRevolution")
def revolved_line(draw: Draw) -> Body:
    """The side of a cylinder."""
    radius, height = draw.size(0.2, 2), draw.size(0.2)
    curve = draw.step.polyline([(radius, 0.0), (radius, height)])
    profile = draw.step.add("IfcArbitraryOpenProfileDef", Word(".CURVE."), None, curve)
    axis = draw.step.add("IfcAxis1Placement", draw.step.point(0, 0, 0), draw.step.direction(0, 1, 0))
    position, frame = draw.position()
    item = draw.step.add("IfcSurfaceOfRevolution", profile, position, axis)
    ring = circle(radius).points
    points = np.concatenate([np.c_[ring[:, 0], np.full(len(ring), z), ring[:, 1]] for z in (0, height)])
    solid = Solid(area=2 * pi * radius * height, extremes=apply(frame, points), closed=False, curved=True)
    return Body([item], solid, "Surface3D")


@case("IfcBSplineSurfaceWithKnots", NEW)
def bilinear(draw: Draw) -> Body:
    """A flat surface with four control points."""
    x, y = draw.size(0.2), draw.size(0.2)
    position, frame = draw.position()
    del position
    corners = apply(frame, [(0, 0, 0), (0, y, 0), (x, 0, 0), (x, y, 0)])
    refs = [draw.step.point(*map(float, point)) for point in corners]
    flags = (Word(".UNSPECIFIED."), Word(".F."), Word(".F."), Word(".F."))
    knots = ([2, 2], [2, 2], [0.0, 1.0], [0.0, 1.0], Word(".UNSPECIFIED."))
    item = draw.step.add("IfcBSplineSurfaceWithKnots", 1, 1, [refs[:2], refs[2:]], *flags, *knots)
    return Body([item], Solid(area=x * y, extremes=corners, closed=False), "AdvancedSurface")
