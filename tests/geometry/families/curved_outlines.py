"""Arbitrary profiles bounded by every kind of curve in 2D: arcs, circles, indexed and composite curves, splines."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.geometry.draw import NEW, SCHEMAS, register_all
from tests.geometry.families.extrusions import extruded
from tests.geometry.outline import Region, Ring, circle, ellipse, rectangle
from tests.geometry.step import AREA, Word, typed

if TYPE_CHECKING:
    from tests.geometry.draw import Body, Draw
    from tests.geometry.families.profiles import Profile
    from tests.geometry.step import Ref


def _closed(draw: Draw, curve: Ref, ring: Ring) -> Profile:
    return draw.step.add("IfcArbitraryClosedProfileDef", AREA, None, curve), Region(ring)


def _stadium(line: float, radius: float) -> Ring:
    """Return two half circles joined by lines along X."""
    angles = np.linspace(-pi / 2, pi / 2, 181)
    right = np.c_[line / 2 + radius * np.cos(angles), radius * np.sin(angles)]
    points = np.concatenate((right, -right))
    return Ring(points, 2 * line * radius + pi * radius**2, 2 * line + 2 * pi * radius, curved=True)


def by_circle(draw: Draw) -> Profile:
    radius = draw.size(0.02, 3)
    curve = draw.step.add("IfcCircle", draw.step.axes_2d(), draw.step.m(radius))
    return _closed(draw, curve, circle(radius))


def by_ellipse(draw: Draw) -> Profile:
    first, second = draw.size(0.05, 3), draw.size(0.05, 3)
    curve = draw.step.add("IfcEllipse", draw.step.axes_2d(), draw.step.m(first), draw.step.m(second))
    return _closed(draw, curve, ellipse(first, second))


def by_indexed_arcs(draw: Draw) -> Profile:
    line, radius = draw.size(0.1, 3), draw.size(0.05, 2)
    x, y = line / 2, radius
    points = [(-x, -y), (x, -y), (x + y, 0), (x, y), (-x, y), (-x - y, 0)]
    rows = [[draw.step.m(value) for value in point] for point in points]
    rest = (None,) if draw.step.setting.schema == "IFC4X3_ADD2" else ()
    listed = draw.step.add("IfcCartesianPointList2D", rows, *rest)
    parts = (("IFCLINEINDEX", [1, 2]), ("IFCARCINDEX", [2, 3, 4]), ("IFCLINEINDEX", [4, 5]), ("IFCARCINDEX", [5, 6, 1]))
    segments = [typed(name, indices) for name, indices in parts]
    curve = draw.step.add("IfcIndexedPolyCurve", listed, segments, Word(".F."))
    return _closed(draw, curve, _stadium(line, radius))


def by_indexed_lines(draw: Draw) -> Profile:
    x, y = draw.size(), draw.size()
    ring = rectangle(x, y)
    rows = [draw.step.coordinates(point) for point in (*ring.points, ring.points[0])]
    rest = (None,) if draw.step.setting.schema == "IFC4X3_ADD2" else ()
    listed = draw.step.add("IfcCartesianPointList2D", rows, *rest)
    return _closed(draw, draw.step.add("IfcIndexedPolyCurve", listed, None, Word(".F.")), ring)


def _arc(draw: Draw, centre: tuple[float, float], radius: float, trims: Any, how: str, *, sense: bool) -> Ref:
    basis = draw.step.add("IfcCircle", draw.step.axes_2d(centre), draw.step.m(radius))
    return draw.step.add("IfcTrimmedCurve", basis, *trims, sense, Word(how))


def _composite(draw: Draw, how: str, *, reverse: bool) -> Profile:
    """A stadium of a composite curve; `reverse`: its arcs are given against the curve."""
    line, radius = draw.size(0.1, 3), draw.size(0.05, 2)
    x, y = line / 2, radius
    ends = [((x, -y), (x, y)), ((-x, y), (-x, -y))]
    starts = [-pi / 2 + 2 * pi, pi / 2]
    curves = [draw.step.polyline([(-x, -y), (x, -y)]), None, draw.step.polyline([(x, y), (-x, y)]), None]
    for number, (points, start) in enumerate(zip(ends, starts, strict=True)):
        trims: list[list[Ref | Word]]
        if how == ".CARTESIAN.":
            trims = [[draw.step.point(*point)] for point in points]
        else:
            trims = [[typed("IFCPARAMETERVALUE", float(draw.step.angle(angle)))] for angle in (start, start + pi)]
        trims = trims[::-1] if reverse else trims
        curves[1 + 2 * number] = _arc(draw, ((x, 0.0), (-x, 0.0))[number], radius, trims, how, sense=not reverse)
    senses = (True, not reverse, True, not reverse)
    word = Word(".CONTINUOUS.")
    segments = [draw.step.add("IfcCompositeCurveSegment", word, s, c) for s, c in zip(senses, curves, strict=True)]
    return _closed(draw, draw.step.add("IfcCompositeCurve", segments, Word(".F.")), _stadium(line, radius))


def by_angles(draw: Draw) -> Profile:
    return _composite(draw, ".PARAMETER.", reverse=False)


def by_points(draw: Draw) -> Profile:
    return _composite(draw, ".CARTESIAN.", reverse=False)


def reversed_arcs(draw: Draw) -> Profile:
    return _composite(draw, ".PARAMETER.", reverse=True)


def by_spline(draw: Draw) -> Profile:
    """A closed curve of four cubic Bézier parts, close to an ellipse."""
    x, y, k = draw.size(0.1, 3), draw.size(0.1, 3), 0.5522847498
    control = [
        (1, 0),
        (1, k),
        (k, 1),
        (0, 1),
        (-k, 1),
        (-1, k),
        (-1, 0),
        (-1, -k),
        (-k, -1),
        (0, -1),
        (k, -1),
        (1, -k),
        (1, 0),
    ]
    points = np.array(control) * (x, y)
    refs = [draw.step.point(*map(float, point)) for point in points]
    multiplicities, knots = [4, 3, 3, 3, 4], [0.0, 1.0, 2.0, 3.0, 4.0]
    words = (Word(".UNSPECIFIED."), Word(".T."), Word(".F."), multiplicities, knots, Word(".UNSPECIFIED."))
    curve = draw.step.add("IfcBSplineCurveWithKnots", 3, refs, *words)
    return _closed(draw, curve, ellipse(x, y))


CURVES = {
    "IfcCircle": (by_circle, SCHEMAS),
    "IfcEllipse": (by_ellipse, SCHEMAS),
    "IfcIndexedPolyCurve, arcs": (by_indexed_arcs, NEW),
    "IfcIndexedPolyCurve, lines": (by_indexed_lines, NEW),
    "IfcCompositeCurve, arcs by angles": (by_angles, SCHEMAS),
    "IfcCompositeCurve, arcs by points": (by_points, SCHEMAS),
    "IfcCompositeCurve, arcs reversed": (reversed_arcs, SCHEMAS),
    "IfcBSplineCurveWithKnots": (by_spline, NEW),
}


def _extruded(draw: Draw, profile: Profile) -> Body:
    return extruded(draw, profile)


register_all(CURVES, _extruded, "IfcExtrudedAreaSolid, IfcArbitraryClosedProfileDef")
