"""Every kind of curve that a sweep may follow: its lines, its exact length, and a dense polyline along it."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin, tan
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.geometry.draw import NEW, SCHEMAS
from tests.geometry.step import Word, typed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.geometry.draw import Draw
    from tests.geometry.solid import Points
    from tests.geometry.step import Ref

MOST = 0.3
"""The largest radius of a disk that follows the curves below without meeting itself, as share of their size."""


@dataclass(frozen=True)
class Directrix:
    """A curve in 3D."""

    ref: Ref
    points: Points
    length: float
    smooth: bool = True
    closed: bool = False
    size: float = 1.0
    """The shortest straight part or radius."""
    parameters: tuple[float, float] | None = None
    """StartParam and EndParam that mean the curve as described."""


DIRECTRICES: dict[str, tuple[Callable[[Draw], Directrix], tuple[str, ...]]] = {}


def _directrix(name: str, schemas: tuple[str, ...] = SCHEMAS) -> Callable[[Any], Any]:
    def register(make: Callable[[Draw], Directrix]) -> Callable[[Draw], Directrix]:
        DIRECTRICES[name] = (make, schemas)
        return make

    return register


def arc(centre: Sequence[float], radius: float, start: float, turn: float) -> Points:
    """Return points along an arc in the XY plane."""
    angles = start + np.linspace(0, turn, max(3, int(abs(turn) * 60)))
    return np.c_[centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles), np.zeros(len(angles))]


def _near(draw: Draw, points: Any) -> Points:
    return np.asarray(points, float) + draw.step.setting.origin


def _chain(draw: Draw, count: int, least: float) -> Points:
    """Return a polyline whose parts are at least so long and turn by at most 100 degrees."""
    points, heading = [np.zeros(3)], np.array(draw.direction())
    for _ in range(count):
        points.append(np.round(points[-1] + heading * least * draw.between(1, 3), 6))
        turned = np.array(draw.direction())
        while turned @ heading < -0.17 or np.linalg.norm(np.cross(turned, heading)) < 0.1:
            turned = np.array(draw.direction())
        heading = turned
    return np.array(points)


def _along(points: Points) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


@_directrix("IfcPolyline, straight")
def straight(draw: Draw) -> Directrix:
    points = _near(draw, _chain(draw, 1, draw.size(0.2)))
    return Directrix(draw.step.polyline(points), points, _along(points), size=_along(points))


@_directrix("IfcPolyline, corners")
def corners(draw: Draw) -> Directrix:
    least = draw.size(0.2, 3)
    points = _near(draw, _chain(draw, draw.random.randint(2, 4), least))
    return Directrix(draw.step.polyline(points), points, _along(points), smooth=False, size=least / 2)


@_directrix("IfcPolyline, closed")
def closed(draw: Draw) -> Directrix:
    x, y = draw.size(0.5), draw.size(0.5)
    points = _near(draw, [(0, 0, 0), (x, 0, 0), (x, y, 0), (0, y, 0), (0, 0, 0)])
    ref = draw.step.polyline(points[:-1], closed=True)
    return Directrix(ref, points, 2 * (x + y), smooth=False, closed=True, size=min(x, y) / 2)


def _bend(draw: Draw) -> tuple[Points, float, float, float, Points]:
    """Return start, straight length, radius, turn, and points of: line along X, arc to the left, line."""
    line, radius, turn = draw.size(0.3, 3), draw.size(0.3, 2), draw.between(0.3, 2.2)
    bend = arc((line, radius), radius, -pi / 2, turn)
    end = bend[-1] + line * np.array([cos(turn), sin(turn), 0])
    points = np.concatenate(([[0, 0, 0]], bend, [end]))
    return points, line, radius, turn, _near(draw, points)


def _composite(draw: Draw, curves: Sequence[Ref], senses: Sequence[bool], closed: bool) -> Ref:  # noqa: FBT001
    last = len(curves) - 1
    words = [".DISCONTINUOUS." if i == last and not closed else ".CONTSAMEGRADIENT." for i in range(len(curves))]
    segments = [
        draw.step.add("IfcCompositeCurveSegment", Word(word), sense, curve)
        for word, sense, curve in zip(words, senses, curves, strict=True)
    ]
    return draw.step.add("IfcCompositeCurve", segments, Word(".F."))


def trimmed_arc(draw: Draw, centre: Points, radius: float, start: float, turn: float) -> Ref:
    """Write an IfcTrimmedCurve of a circle by angles (against the clock)."""
    circle = draw.step.add("IfcCircle", draw.step.axes(centre), draw.step.m(radius))
    trims = [[typed("IFCPARAMETERVALUE", float(draw.step.angle(angle)))] for angle in (start, start + turn)]
    return draw.step.add("IfcTrimmedCurve", circle, *trims, True, Word(".PARAMETER."))


@_directrix("IfcCompositeCurve, line, arc, line")
def composite(draw: Draw) -> Directrix:
    _, line, radius, turn, points = _bend(draw)
    centre = _near(draw, [line, radius, 0])
    curves = [
        draw.step.polyline(points[:2]),
        trimmed_arc(draw, centre, radius, 1.5 * pi, turn),
        draw.step.polyline(points[-2:]),
    ]
    ref = _composite(draw, curves, (True, True, True), closed=False)
    return Directrix(ref, points, 2 * line + radius * turn, size=min(line, radius))


@_directrix("IfcCompositeCurve, parts reversed")
def composite_reversed(draw: Draw) -> Directrix:
    _, line, radius, turn, points = _bend(draw)
    centre = _near(draw, [line, radius, 0])
    curves = [
        draw.step.polyline(points[1::-1]),
        trimmed_arc(draw, centre, radius, 1.5 * pi, turn),
        draw.step.polyline(points[:-3:-1]),
    ]
    ref = _composite(draw, curves, (False, True, False), closed=False)
    return Directrix(ref, points, 2 * line + radius * turn, size=min(line, radius))


@_directrix("IfcCompositeCurve, closed")
def composite_closed(draw: Draw) -> Directrix:
    """A stadium: two lines and two half circles."""
    line, radius = draw.size(0.3, 3), draw.size(0.3, 2)
    right, left = arc((line, radius), radius, -pi / 2, pi), arc((0, radius), radius, pi / 2, pi)
    points = _near(draw, np.concatenate(([[0, 0, 0]], right, left)))
    curves = [
        draw.step.polyline(_near(draw, [(0, 0, 0), (line, 0, 0)])),
        trimmed_arc(draw, _near(draw, (line, radius, 0)), radius, 1.5 * pi, pi),
        draw.step.polyline(_near(draw, [(line, 2 * radius, 0), (0, 2 * radius, 0)])),
        trimmed_arc(draw, _near(draw, (0, radius, 0)), radius, 0.5 * pi, pi),
    ]
    ref = _composite(draw, curves, (True,) * 4, closed=True)
    return Directrix(ref, points, 2 * line + 2 * pi * radius, closed=True, size=radius)


@_directrix("IfcIndexedPolyCurve, lines and arc", NEW)
def indexed(draw: Draw) -> Directrix:
    _, line, radius, turn, points = _bend(draw)
    middle = arc((line, radius), radius, -pi / 2, turn / 2)[-1]
    listed = [points[0], points[1], _near(draw, middle), points[-2], points[-1]]
    ref = _indexed(draw, listed, [("IFCLINEINDEX", [1, 2]), ("IFCARCINDEX", [2, 3, 4]), ("IFCLINEINDEX", [4, 5])])
    return Directrix(ref, points, 2 * line + radius * turn, size=min(line, radius))


@_directrix("IfcIndexedPolyCurve, lines", NEW)
def indexed_lines(draw: Draw) -> Directrix:
    least = draw.size(0.2, 3)
    points = _near(draw, _chain(draw, draw.random.randint(2, 4), least))
    ref = _indexed(draw, points, [("IFCLINEINDEX", list(range(1, len(points) + 1)))] if draw.chance(0.5) else None)
    return Directrix(ref, points, _along(points), smooth=False, size=least / 2)


def _indexed(draw: Draw, points: Any, segments: list[tuple[str, list[int]]] | None) -> Ref:
    listed = draw.step.add("IfcCartesianPointList3D", *_list_of(draw, points))
    parts = None if segments is None else [typed(name, indices) for name, indices in segments]
    return draw.step.add("IfcIndexedPolyCurve", listed, parts, Word(".F."))


def _list_of(draw: Draw, points: Any) -> tuple[Any, ...]:
    rows = [draw.step.coordinates(point) for point in points]
    return (rows,) if draw.step.setting.schema == "IFC4" else (rows, None)


@_directrix("IfcTrimmedCurve of IfcCircle")
def trimmed_circle(draw: Draw) -> Directrix:
    radius, start, turn = draw.size(0.3, 3), draw.between(0, 3), draw.between(0.3, 5)
    centre = _near(draw, (0, 0, 0))
    points = _near(draw, arc((0, 0), radius, start, turn))
    return Directrix(trimmed_arc(draw, centre, radius, start, turn), points, radius * turn, size=radius)


@_directrix("IfcTrimmedCurve of IfcCircle, by points")
def trimmed_circle_by_points(draw: Draw) -> Directrix:
    radius, start, turn = draw.size(0.3, 3), draw.between(0, 3), draw.between(0.3, 5)
    points = _near(draw, arc((0, 0), radius, start, turn))
    circle = draw.step.add("IfcCircle", draw.step.axes(_near(draw, (0, 0, 0))), draw.step.m(radius))
    trims = [[draw.step.point(*points[0])], [draw.step.point(*points[-1])]]
    ref = draw.step.add("IfcTrimmedCurve", circle, *trims, True, Word(".CARTESIAN."))
    return Directrix(ref, points, radius * turn, size=radius)


@_directrix("IfcTrimmedCurve of IfcLine")
def trimmed_line(draw: Draw) -> Directrix:
    length, first = draw.size(0.3), draw.between(0, 2)
    direction = np.array(draw.direction())
    vector = draw.step.add("IfcVector", draw.step.direction(*direction), draw.step.m(1.0))
    line = draw.step.add("IfcLine", draw.step.point(*_near(draw, (0, 0, 0))), vector)
    trims = [[typed("IFCPARAMETERVALUE", value)] for value in (first, first + length)]
    ref = draw.step.add("IfcTrimmedCurve", line, *trims, True, Word(".PARAMETER."))
    points = _near(draw, [direction * first, direction * (first + length)])
    return Directrix(ref, points, length, size=length)


@_directrix("IfcCircle")
def whole_circle(draw: Draw) -> Directrix:
    radius = draw.size(0.3, 3)
    ref = draw.step.add("IfcCircle", draw.step.axes(_near(draw, (0, 0, 0))), draw.step.m(radius))
    points = _near(draw, arc((0, 0), radius, 0, 2 * pi))
    return Directrix(ref, points, 2 * pi * radius, closed=True, size=radius)


@_directrix("IfcEllipse, part")
def trimmed_ellipse(draw: Draw) -> Directrix:
    first, second = draw.size(0.5, 3), draw.size(0.5, 3)
    turn = draw.between(0.5, 5)
    ellipse = draw.step.add(
        "IfcEllipse", draw.step.axes(_near(draw, (0, 0, 0))), draw.step.m(first), draw.step.m(second)
    )
    trims = [[typed("IFCPARAMETERVALUE", float(draw.step.angle(angle)))] for angle in (0.0, turn)]
    ref = draw.step.add("IfcTrimmedCurve", ellipse, *trims, True, Word(".PARAMETER."))
    angles = np.linspace(0, turn, 400)
    points = _near(draw, np.c_[first * np.cos(angles), second * np.sin(angles), np.zeros(400)])
    return Directrix(ref, points, _along(points), size=min(first, second) ** 2 / max(first, second))


@_directrix("IfcBSplineCurveWithKnots", NEW)
def spline(draw: Draw) -> Directrix:
    """A cubic Bézier curve."""
    size = draw.size(0.5, 3)
    control = _near(draw, [(0, 0, 0), (size, 0, 0), (2 * size, size, 0), (3 * size, size, size)])
    refs = [draw.step.point(*point) for point in control]
    words = (Word(".UNSPECIFIED."), Word(".F."), Word(".F."), [4, 4], [0.0, 1.0], Word(".UNSPECIFIED."))
    ref = draw.step.add("IfcBSplineCurveWithKnots", 3, refs, *words)
    t = np.linspace(0, 1, 400)[:, None]
    points = (1 - t) ** 3 * control[0] + 3 * (1 - t) ** 2 * t * control[1]
    points += 3 * (1 - t) * t**2 * control[2] + t**3 * control[3]
    return Directrix(ref, points, _along(points), size=size / 2)


@_directrix("IfcPolyline, StartParam and EndParam")
def parameters(draw: Draw) -> Directrix:
    """Each straight part of a polyline counts 1 in its parameters."""
    least = draw.size(0.2, 3)
    chain = _near(draw, _chain(draw, 4, least))
    start, end = draw.between(0.1, 0.9), draw.between(2.1, 2.9)
    points = np.array([_at(chain, start), chain[1], chain[2], _at(chain, end)])
    ref = draw.step.polyline(chain)
    return Directrix(ref, points, _along(points), smooth=False, size=least * 0.1, parameters=(start, end))


def _at(chain: Points, parameter: float) -> Points:
    whole = int(parameter)
    return np.asarray(chain[whole] + (parameter - whole) * (chain[whole + 1] - chain[whole]))


def fillet(points: Points, radius: float) -> tuple[Points, float]:
    """Round the corners of a polyline; return it densely, and its exact length."""
    dense, length = [points[0]], _along(points)
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        incoming, outgoing = (corner - before), (after - corner)
        incoming, outgoing = incoming / np.linalg.norm(incoming), outgoing / np.linalg.norm(outgoing)
        turn = float(np.arctan2(np.linalg.norm(np.cross(incoming, outgoing)), incoming @ outgoing))
        tangent = radius * tan(turn / 2)
        length += radius * turn - 2 * tangent
        side = outgoing - (outgoing @ incoming) * incoming
        side /= np.linalg.norm(side)
        start = corner - tangent * incoming
        dense += [start + radius * (sin(a) * incoming + (1 - cos(a)) * side) for a in np.linspace(0, turn, 60)]
    return np.array([*dense, points[-1]]), length
